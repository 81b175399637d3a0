// The loop that every objective shares: batches in a seeded order, updates, evaluation, checkpoints, resume.
import type { Param, Shape, Tensor, Weights } from "@wav2vec/core";
import { mkdir } from "node:fs/promises";
import type { BatchFields, RunFields } from "../config/fields.js";
import { DefectError, type Defect } from "../data/defects.js";
import { DataError } from "../data/entry.js";
import { createRandom } from "../random.js";
import type { Schedule } from "../schedules.js";
import { DivergedError, type Trainer } from "../trainer/trainer.js";
import { batchStream, take, type LoopData, type Taken } from "./batch-stream.js";
import { prune, saveCheckpoint, type RunState } from "./checkpoint-folders.js";
import { TrainingError, type MonitorEvent, type TrainingEvent, type TrainingResult } from "./events.js";
import { openMetricsLog, type MetricsLog } from "./metrics-log.js";

/** What the loop is given. */
export interface LoopOptions<Batch, T extends Tensor> {
  readonly out: string;
  readonly trainer: Trainer<Batch, T>;
  readonly schedule: Schedule;
  /** All settings; kept in checkpoints. */
  readonly config: RunFields & { readonly batch: BatchFields };
  /** All parameters of the model. */
  readonly params: readonly Param[];
  /** Where an earlier run stopped; absent at the start. */
  readonly resumed?: RunState | undefined;
  readonly data: LoopData<Batch>;
  /** Scores the present weights; lower is better. */
  readonly evaluate?: ((update: number) => Promise<Evaluated>) | undefined;
  /** Looks at the means of what was reported since the last look. */
  readonly monitor?: ((update: number, means: Readonly<Record<string, number>>) => MonitorEvent) | undefined;
  readonly writeModel: (folder: string, weights: Weights) => Promise<void>;
  readonly onEvent: (event: TrainingEvent) => void;
  /** Ends the run after the present update, with a checkpoint. */
  readonly signal?: AbortSignal | undefined;
}

export interface Evaluated {
  readonly score: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * Runs to the end, or until the signal or patience ends it.
 *
 * @throws TrainingError if loss or gradients are no numbers, with the clips named, or a checkpoint cannot be written
 */
export async function runLoop<Batch, T extends Tensor>(
  options: LoopOptions<Batch, T>,
): Promise<TrainingResult> {
  await mkdir(options.out, { recursive: true });
  const log = await openMetricsLog(options.out, options.resumed?.update ?? 0);
  try {
    return await updates(options, log);
  } finally {
    await log.close();
  }
}

async function updates<Batch, T extends Tensor>(
  options: LoopOptions<Batch, T>,
  log: MetricsLog,
): Promise<TrainingResult> {
  const { out, trainer, schedule, config, data, evaluate, onEvent, signal } = options;
  let state: RunState = options.resumed ?? { format: 1, update: 0, epoch: 0, position: 0, random: createRandom(config.seed).state(), stale: 0, seconds: 0, config }; // prettier-ignore
  const random = createRandom(state.random);
  const stream = batchStream(data, config, state);
  const means = runningMeans();
  let saved = options.resumed ? state.update : -1;
  let folder = "";
  const save = async () => {
    folder = await saveCheckpoint(out, state, trainer.moments(), {
      keep: config.checkpoints.keep,
      inUse: options.resumed?.update,
      writeModel: (target) => options.writeModel(target, trainer.weights()),
    });
    saved = state.update;
    onEvent({ type: "checkpoint", update: state.update, folder });
  };

  // A recording, of speech or of noise, that has gone ends the run, but loses nothing of it.
  const saveWhatIsDone = async (error: unknown) => {
    const isGone = error instanceof DefectError || error instanceof DataError;
    if (isGone && state.update > 0 && saved !== state.update) await save();
  };
  const onGone = (defect: Defect) => onEvent({ type: "defect", part: "train", defect });

  const trained = [...(await trainer.prepare(state.update)).values()];
  onEvent({ type: "start", update: state.update, parameters: sizeOf(options.params.map(({ shape }) => shape)), trained: sizeOf(trained) }); // prettier-ignore

  let reported = -1;
  const report = async () => {
    await log.report();
    reported = state.update;
  };

  let reason: TrainingResult["reason"] = "finished";
  while (state.update < config.updates) {
    if (signal?.aborted) {
      reason = "stopped";
      break;
    }
    const start = performance.now();
    const taken: Taken[] = [];
    const rate = schedule(state.update);
    const { norm, metrics } = await trainer
      .step(state.update, take(stream, data, config.batch.accumulate, random, taken, onGone), rate, random)
      .catch(async (error: unknown) => {
        await saveWhatIsDone(error);
        throw explain(error, taken, data, saved);
      });
    const last = taken.at(-1)!; // an update takes at least one batch
    const seconds = (performance.now() - start) / 1000;
    const update = state.update + 1;
    state = { ...state, update, epoch: last.epoch, position: last.position + 1, random: random.state(), seconds: state.seconds + seconds }; // prettier-ignore
    const audioSeconds = taken.reduce((sum, { seconds: own }) => sum + own, 0);
    onEvent({ type: "update", update, updates: config.updates, epoch: last.epoch, rate, norm, metrics, seconds, audioSeconds }); // prettier-ignore
    means.add({ ...metrics, norm, seconds, audioSeconds });

    const isLast = update === config.updates;
    if (update % config.logEvery === 0 || isLast) {
      const mean = means.take();
      await log.write({ type: "update", update, epoch: last.epoch, rate, ...mean });
      const told = options.monitor?.(update, mean);
      if (told) {
        onEvent(told);
        await log.write({ ...told, update });
      }
    }
    let isBest = false;
    const isEvaluated = update % config.evaluate.every === 0 || isLast;
    if (evaluate && isEvaluated) {
      const before = performance.now();
      const result = await evaluate(update).catch(async (error: unknown) => {
        await saveWhatIsDone(error);
        throw error;
      });
      isBest = !(state.best && result.score >= state.best.score);
      state = isBest
        ? { ...state, best: { update, score: result.score }, stale: 0 }
        : { ...state, stale: state.stale + 1 };
      const took = (performance.now() - before) / 1000;
      onEvent({ type: "evaluation", update, metrics: result.metrics, isBest, seconds: took });
      await log.write({ type: "evaluation", update, ...result.metrics, isBest, seconds: took });
    }
    if (isBest || isLast || update % config.checkpoints.every === 0) await save();
    if (isEvaluated) await report();
    if (config.evaluate.patience !== undefined && state.stale >= config.evaluate.patience) {
      reason = "patience";
      break;
    }
  }
  if (saved !== state.update || folder === "") await save();
  if (reported !== state.update) await report();
  await prune(out, config.checkpoints.keep);
  return { update: state.update, reason, folder, ...(state.best && { best: state.best }) };
}

/** Names the clips of the batch whose numbers went wrong. */
function explain<Batch>(
  error: unknown,
  taken: readonly Taken[],
  data: LoopData<Batch>,
  saved: number,
): unknown {
  if (!(error instanceof DivergedError)) return error;
  const names = Array.from(taken[error.batch]!.indices, (index) => data.clips[index]!.name);
  const kept = saved > 0 ? `the checkpoint of update ${saved} is whole` : "no checkpoint was written yet";
  return new TrainingError(
    `training: update ${error.update + 1}: ${error.message} in the batch of ${names.join(", ")}; ` +
      `lower optimizer.rate, set optimizer.clip, or look at these recordings; ${kept}`,
  );
}

/** Elements of parameters, whose shapes are numbers. */
const sizeOf = (shapes: readonly Shape[]) =>
  shapes.reduce((total, shape) => total + shape.reduce<number>((n, dim) => n * (dim as number), 1), 0);

function runningMeans() {
  let sums: Record<string, number> = {};
  let count = 0;
  return {
    add(values: Readonly<Record<string, number>>) {
      for (const [name, value] of Object.entries(values)) sums[name] = (sums[name] ?? 0) + value;
      count++;
    },
    take(): Record<string, number> {
      const means = Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / count]));
      sums = {};
      count = 0;
      return means;
    },
  };
}
