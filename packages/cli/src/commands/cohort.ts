// The cohort of the speaker commands: voices of other people, against which scores are normalised.
import {
  createScoreNorm,
  type ScoreNorm,
  type SpeakerEmbedder,
  type SpeakerEmbedding,
} from "@wav2vec/speaker";
import { isEnrolmentStore, openEnrolmentStore } from "@wav2vec/speaker/node";
import { inputFiles, type InputFile } from "../input-files.js";
import type { Progress } from "../progress.js";
import { UsageError } from "../usage-error.js";

/** Options of the commands that compare voices, as the command line gives them. */
export interface CohortOptions {
  readonly cohort?: string;
  readonly cohortTop?: number;
}

/** Where the voices are: one a recording, or those of an enrolment store. */
export type Cohort = { readonly top?: number } & (
  { readonly store: string } | { readonly recordings: readonly InputFile[] }
);

/**
 * Finds the cohort before any model is opened.
 *
 * @returns undefined if scores are not normalised
 * @throws UsageError if there are no recordings, or `--cohort-top` stands alone
 */
export async function findCohort({ cohort, cohortTop }: CohortOptions): Promise<Cohort | undefined> {
  if (cohort === undefined) {
    if (cohortTop === undefined) return undefined;
    throw new UsageError("--cohort-top: belongs to --cohort; add that, or leave it out");
  }
  const top = cohortTop === undefined ? {} : { top: cohortTop };
  return (await isEnrolmentStore(cohort))
    ? { store: cohort, ...top }
    : { recordings: await inputFiles([cohort]), ...top };
}

/**
 * Embeds the cohort.
 *
 * @throws AudioError if one of its recordings cannot be read; SpeakerError if they are fewer than two, or of another model
 */
export async function normaliseAgainst(
  cohort: Cohort,
  embedder: SpeakerEmbedder,
  progress: Progress,
): Promise<ScoreNorm> {
  const voices =
    "store" in cohort
      ? (await (await openEnrolmentStore(cohort.store, embedder)).speakers()).map(
          ({ embedding }) => embedding,
        )
      : await embedEach(cohort.recordings, embedder, progress);
  return createScoreNorm(voices, cohort.top === undefined ? {} : { top: cohort.top });
}

async function embedEach(
  recordings: readonly InputFile[],
  embedder: SpeakerEmbedder,
  progress: Progress,
): Promise<SpeakerEmbedding[]> {
  const line = progress.line("cohort", "recordings");
  const voices: SpeakerEmbedding[] = [];
  for (const { source } of recordings) {
    voices.push(await embedder.embed(source));
    line.update(voices.length, recordings.length);
  }
  line.end();
  return voices;
}
