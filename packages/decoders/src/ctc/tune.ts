// Finds the weights of a language model that suit a development set best, by trying them.
import { createBeamDecoder } from "./beam.js";
import type { BeamOptions } from "./beam-options.js";
import type { Emissions } from "./emissions.js";

/** A clip with what was said in it. */
export interface TuningClip {
  readonly emissions: Emissions;
  readonly reference: string;
}

/** One trial: the weights and the metric over all clips. */
export interface Trial {
  readonly alpha: number;
  readonly beta: number;
  readonly metric: number;
}

/** What to try. */
export interface TuneOptions {
  readonly alphas: readonly number[];
  readonly betas: readonly number[];
  /** Makes the settings of one trial, e.g. by putting alpha and beta into `language`. */
  readonly optionsFor: (alpha: number, beta: number) => BeamOptions;
  /** Compares all texts with their references, e.g. word error rate; smaller is better. */
  readonly metric: (references: readonly string[], hypotheses: readonly string[]) => number;
  readonly signal?: AbortSignal;
  readonly onTrial?: (trial: Trial, done: number, of: number) => void;
}

/**
 * Decodes every clip with every pair of weights.
 *
 * @returns the best trial (the first of equals) and all of them, in the order of trying
 * @throws RangeError if there is nothing to try or no clip; the signal's reason if it is aborted
 */
export async function tune(
  clips: readonly TuningClip[],
  options: TuneOptions,
): Promise<{ best: Trial; trials: readonly Trial[] }> {
  const { alphas, betas, optionsFor, metric, signal, onTrial } = options;
  if (clips.length === 0 || alphas.length === 0 || betas.length === 0) {
    throw new RangeError(
      `tune: ${clips.length} clips, ${alphas.length} alphas, ${betas.length} betas; expected at least one of each`,
    );
  }
  const references = clips.map(({ reference }) => reference);
  const trials: Trial[] = [];
  for (const alpha of alphas) {
    for (const beta of betas) {
      const hypotheses: string[] = [];
      const settings = optionsFor(alpha, beta);
      for (const { emissions } of clips) {
        const decoder = createBeamDecoder(settings);
        await decoder.feedAsync(emissions, signal);
        hypotheses.push(decoder.finish()[0]?.text ?? "");
      }
      const trial = { alpha, beta, metric: metric(references, hypotheses) };
      if (Number.isNaN(trial.metric))
        throw new RangeError(
          `tune: the metric is NaN for alpha ${alpha}, beta ${beta}; check the references`,
        );
      trials.push(trial);
      onTrial?.(trial, trials.length, alphas.length * betas.length);
    }
  }
  return { best: trials.reduce((best, trial) => (trial.metric < best.metric ? trial : best)), trials };
}
