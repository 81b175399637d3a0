// Learning rates by update number, as fairseq and Hugging Face compute them.

/** Learning rate that belongs to update `step`, counted from 0. */
export type Schedule = (step: number) => number;

/** What every schedule needs. */
export interface ScheduleOptions {
  /** The largest rate. */
  readonly peak: number;
  /** Updates in all. */
  readonly total: number;
  /** Updates during which the rate grows. */
  readonly warmup: number;
}

/** Warm-up, hold, exponential decay, in shares of `total`; fairseq tri_stage. */
export interface TriStageOptions {
  readonly peak: number;
  readonly total: number;
  /** Shares of the three stages; default [0.1, 0.4, 0.5]. */
  readonly ratios?: readonly [warmup: number, hold: number, decay: number];
  /** Rate at the start, as a share of the peak; default 0.01. */
  readonly initScale?: number;
  /** Rate at the end, as a share of the peak; default 0.05. */
  readonly finalScale?: number;
}

/** @see fairseq optim/lr_scheduler/tri_stage_lr_scheduler.py */
export function triStage(options: TriStageOptions): Schedule {
  const { peak, total, ratios = [0.1, 0.4, 0.5], initScale = 0.01, finalScale = 0.05 } = options;
  const [warmup, hold, decay] = ratios.map((ratio) => Math.floor(total * ratio)) as [number, number, number]; // as many as ratios
  return (step) => {
    if (step < warmup) return peak * (initScale + ((1 - initScale) * step) / warmup);
    if (step < warmup + hold) return peak;
    const decayed = step - warmup - hold;
    return decayed >= decay ? peak * finalScale : peak * finalScale ** (decayed / decay);
  };
}

/** Linear growth, then decay by a power to `end`; power 1 is linear. fairseq polynomial_decay and Hugging Face alike. */
export function polynomial({
  peak,
  total,
  warmup,
  end = 0,
  power = 1,
}: ScheduleOptions & { readonly end?: number; readonly power?: number }): Schedule {
  return (step) => {
    if (step < warmup) return (peak * step) / warmup;
    if (step >= total) return end;
    return (peak - end) * (1 - (step - warmup) / (total - warmup)) ** power + end;
  };
}

/** Linear growth, then linear decay to 0. */
export const linearSchedule = (options: ScheduleOptions): Schedule => polynomial(options);

/**
 * Linear growth, then half a cosine down to `least` at `total`. What happens after `total` differs: fairseq starts
 * again at the peak, Hugging Face rises along the cosine.
 *
 * @see fairseq cosine_lr_scheduler.py (period total - warmup, t_mult 1, lr_shrink 1); transformers get_cosine_schedule_with_warmup
 */
export function cosineSchedule({
  peak,
  total,
  warmup,
  least = 0,
  afterwards,
}: ScheduleOptions & { readonly least?: number; readonly afterwards: "restart" | "rise" }): Schedule {
  const period = total - warmup;
  return (step) => {
    if (step < warmup) return least + ((peak - least) * step) / warmup;
    const position = afterwards === "restart" ? (step - warmup) % period : step - warmup;
    return least + 0.5 * (peak - least) * (1 + Math.cos((Math.PI * position) / period));
  };
}

/** Temperature of the Gumbel-softmax: shrinks by `decay` with each update down to `end`. fairseq latent_temp */
export function latentTemperature([start, end, decay]: readonly [number, number, number]): Schedule {
  return (step) => Math.max(start * decay ** step, end);
}
