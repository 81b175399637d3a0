// `wav2vec speaker verify`: whether two recordings are of one speaker.
import { terminalProgress } from "../progress.js";
import { exitCodes, UsageError } from "../usage-error.js";
import { readCalibration } from "./calibration-file.js";
import { findCohort, normaliseAgainst, type CohortOptions } from "./cohort.js";
import { withEmbedder, type EmbedderOptions } from "./open-embedder.js";

/** Options of the command, as the command line gives them. */
export interface SpeakerVerifyOptions extends EmbedderOptions, CohortOptions {
  readonly threshold?: number;
  readonly calibration?: string;
  readonly format: "text" | "json";
}

/** @returns the exit code: 0 whatever the answer, which is printed */
export async function speakerVerify(
  first: string,
  second: string,
  options: SpeakerVerifyOptions,
): Promise<number> {
  const { threshold, calibration: file } = options;
  if ((threshold === undefined) === (file === undefined))
    throw new UsageError(
      "speaker verify: expected --threshold or --calibration; speaker calibrate gives both",
    );
  const cohort = await findCohort(options);
  const progress = terminalProgress(true);
  const verification = await withEmbedder(options, progress, async (embedder) => {
    const scoreNorm = cohort && (await normaliseAgainst(cohort, embedder, progress));
    const normalised = scoreNorm ? { scoreNorm } : {};
    if (file === undefined) return embedder.verify(first, second, { threshold: threshold!, ...normalised }); // one of the two, just checked
    const calibration = await readCalibration(file, embedder, scoreNorm);
    return embedder.verify(first, second, { calibration, ...normalised });
  });
  const { score, logLikelihoodRatio, sameSpeaker } = verification;
  if (options.format === "json") process.stdout.write(`${JSON.stringify(verification, undefined, 2)}\n`);
  else {
    const ratio = logLikelihoodRatio === undefined ? [] : [logLikelihoodRatio.toFixed(3)];
    const fields = [sameSpeaker ? "same" : "different", score.toFixed(4), ...ratio];
    process.stdout.write(`${fields.join("\t")}\n`);
  }
  return exitCodes.done;
}
