// `wav2vec speaker calibrate`: error rates of a model on known pairs, and the calibration that follows.
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import {
  bootstrapInterval,
  detCurveSvg,
  equalErrorRate,
  minimumDetectionCost,
  type Trial,
} from "@wav2vec/metrics";
import {
  calibrateScores,
  cosineSimilarity,
  type ScoreCalibration,
  type SpeakerEmbedding,
} from "@wav2vec/speaker";
import { writeWhole } from "../output-files.js";
import { terminalProgress } from "../progress.js";
import { exitCodes, UsageError } from "../usage-error.js";
import { renderCalibration } from "./calibration-file.js";
import { findCohort, normaliseAgainst, type CohortOptions } from "./cohort.js";
import { withEmbedder, type EmbedderOptions } from "./open-embedder.js";

/** Options of the command, as the command line gives them. */
export interface SpeakerCalibrateOptions extends EmbedderOptions, CohortOptions {
  readonly out?: string;
  readonly det?: string;
  readonly quiet?: true;
}

/** @returns the exit code; errors are thrown */
export async function speakerCalibrate(path: string, options: SpeakerCalibrateOptions): Promise<number> {
  const pairs = await readPairs(path);
  const cohort = await findCohort(options);
  const recordings = [...new Set(pairs.flatMap(({ first, second }) => [first, second]))];
  const progress = terminalProgress(options.quiet ?? false);
  try {
    await withEmbedder(options, progress, async (embedder) => {
      const scoreNorm = cohort && (await normaliseAgainst(cohort, embedder, progress));
      const scoreOf = scoreNorm?.score ?? cosineSimilarity;
      const line = progress.line("embedded", "recordings");
      const embeddings = new Map<string, SpeakerEmbedding>();
      for (const recording of recordings) {
        embeddings.set(recording, await embedder.embed(recording));
        line.update(embeddings.size, recordings.length);
      }
      line.end();
      const trials = pairs.map(({ first, second, target }) => ({
        score: scoreOf(embeddings.get(first)!, embeddings.get(second)!), // all were embedded
        target,
      }));
      const calibration = calibrateScores(trials, scoreNorm ? { scoreNorm } : {});
      process.stdout.write(report(trials, calibration));
      if (options.out !== undefined) await writeWhole(options.out, renderCalibration(calibration, embedder));
      if (options.det !== undefined)
        await writeWhole(options.det, detCurveSvg([{ name: embedder.model, trials }]));
    });
  } finally {
    progress.stop();
  }
  return exitCodes.done;
}

/** VoxCeleb's lists: 1 or 0, then two paths. */
async function readPairs(path: string): Promise<{ first: string; second: string; target: boolean }[]> {
  const lines = (await readFile(path, "utf8")).split(/\r?\n/);
  const pairs = lines.flatMap((line, at) => {
    if (line.trim() === "") return [];
    const [label, ...names] = line.includes("\t") ? line.split("\t") : line.trim().split(/ +/);
    const [first, second] = names;
    if ((label !== "0" && label !== "1") || first === undefined || second === undefined || names.length > 2)
      throw new UsageError(`${path}: line ${at + 1} is "${line}"; expected 1 or 0 and two recordings, with spaces or tabs between`); // prettier-ignore
    const found = (name: string) => resolve(dirname(path), name);
    return [{ first: found(first), second: found(second), target: label === "1" }];
  });
  if (pairs.length === 0) throw new UsageError(`${path}: has no pairs; expected one a line`);
  return pairs;
}

function report(
  trials: readonly Trial[],
  { scoreNorm, logLikelihoodRatioCost: cllr }: ScoreCalibration,
): string {
  const { rate, threshold } = equalErrorRate(trials);
  const { low, high } = bootstrapInterval(trials, (some) => equalErrorRate(some).rate);
  const { cost, threshold: costThreshold } = minimumDetectionCost(trials);
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  const targets = trials.filter(({ target }) => target).length;
  return [
    `trials\t${targets} of one speaker, ${trials.length - targets} of two`,
    ...(scoreNorm ? [`scores\ts-norm, the nearest ${scoreNorm.top} of ${scoreNorm.cohortSize} voices`] : []),
    `equal error rate\t${percent(rate)} (95 %: ${percent(low)} to ${percent(high)}) at threshold ${threshold.toFixed(4)}`,
    `minDCF (prior 0.01)\t${cost.toFixed(4)} at threshold ${costThreshold.toFixed(4)}`,
    `Cllr, calibrated\t${cllr.toFixed(4)} bits`,
    "",
  ].join("\n");
}
