// `wav2vec speaker identify`: who of the remembered voices recordings are of.
import { resolve } from "node:path";
import {
  bayesThreshold,
  identifySpeaker,
  logLikelihoodRatio,
  type Identification,
  type KnownSpeaker,
  type SpeakerEmbedder,
  type SpeakerEmbedding,
} from "@wav2vec/speaker";
import { openEnrolmentStore } from "@wav2vec/speaker/node";
import { inputFiles } from "../input-files.js";
import { terminalProgress, type Progress } from "../progress.js";
import { describeError, exitCodes, UsageError } from "../usage-error.js";
import { readCalibration } from "./calibration-file.js";
import { findCohort, normaliseAgainst, type Cohort, type CohortOptions } from "./cohort.js";
import { withEmbedder, type EmbedderOptions } from "./open-embedder.js";
import type { StoreOptions } from "./speaker-store.js";

/** Options of the command, as the command line gives them. */
export interface SpeakerIdentifyOptions extends StoreOptions, EmbedderOptions, CohortOptions {
  readonly threshold?: number;
  readonly calibration?: string;
  readonly format: "text" | "json";
  readonly quiet?: true;
}

/** @returns the exit code: 1 if any recording failed */
export async function speakerIdentify(
  files: readonly string[],
  options: SpeakerIdentifyOptions,
): Promise<number> {
  const inputs = await inputFiles(files);
  const cohort = await findCohort(options);
  if (options.cohort !== undefined && resolve(options.cohort) === resolve(options.store))
    throw new UsageError("--cohort: is the store itself; expected voices of people who are not in it");
  const progress = terminalProgress(options.quiet ?? false);
  let failures = 0;
  try {
    await withEmbedder(options, progress, async (embedder) => {
      const known = await (await openEnrolmentStore(options.store, embedder)).speakers();
      const judge = await judgeOf(options, cohort, embedder, progress);
      for (const { name: file, source } of inputs) {
        try {
          const embedding = await embedder.embed(source);
          const { speaker, ranking } = judge(embedding, known);
          const score = ranking[0]!.score.toFixed(4); // somebody is known, or it would have thrown
          process.stdout.write(
            options.format === "json"
              ? `${JSON.stringify({ file, speaker: speaker ?? null, ranking })}\n`
              : `${[...(inputs.length > 1 ? [file] : []), speaker ?? "(nobody known)", score].join("\t")}\n`,
          );
        } catch (error) {
          progress.message(`wav2vec: ${file}: ${describeError(error)}`);
          failures++;
        }
      }
    });
  } finally {
    progress.stop();
  }
  return failures > 0 ? exitCodes.failed : exitCodes.done;
}

/** By a calibration somebody is known if one speaker is likelier than two, as `speaker verify` decides. */
async function judgeOf(
  { threshold, calibration: file }: SpeakerIdentifyOptions,
  cohort: Cohort | undefined,
  embedder: SpeakerEmbedder,
  progress: Progress,
): Promise<(embedding: SpeakerEmbedding, known: readonly KnownSpeaker[]) => Identification> {
  const scoreNorm = cohort && (await normaliseAgainst(cohort, embedder, progress));
  const calibration = file === undefined ? undefined : await readCalibration(file, embedder, scoreNorm);
  const options = { ...(threshold !== undefined && { threshold }), ...(scoreNorm && { scoreNorm }) };
  return (embedding, known) => {
    const found = identifySpeaker(embedding, known, options);
    if (!calibration) return found;
    const ratio = logLikelihoodRatio(calibration, found.ranking[0]!.score); // somebody is known, or it would have thrown
    return ratio >= bayesThreshold({}) ? found : { ...found, speaker: undefined };
  };
}
