// Which language is spoken: recordings in, languages with probabilities out.
import type { Checkpoint } from "@wav2vec/checkpoints";
import { parseHeadConfig, sequenceClassificationHead, type Backend } from "@wav2vec/core";
import { openHead, rankedScores, type Recording, type TimelineOptions } from "@wav2vec/heads";
import { languageName } from "./language-name.js";

/** One language and how likely it is spoken. */
export interface LanguageScore {
  /** As the checkpoint calls it, mostly an ISO 639 code: "fra". */
  readonly language: string;
  /** In English: "French"; the code itself if it is not known. */
  readonly name: string;
  /** 0 to 1; over the candidates they add up to 1. */
  readonly probability: number;
}

/** What may be spoken and how much to tell. */
export interface IdentifyOptions {
  /** Only these may be spoken; their probabilities are renormalised. Default: all that the model knows. */
  readonly candidates?: readonly string[];
  /** How many to tell, most likely first. Default 5. */
  readonly top?: number;
}

/** The languages of one piece of a recording; times in seconds. */
export interface LanguagePiece {
  readonly start: number;
  readonly end: number;
  readonly languages: readonly LanguageScore[];
}

/** A language identifier that is ready to work; dispose of it when done. */
export interface LanguageIdentifier {
  /** All that the model tells apart. */
  readonly languages: readonly string[];
  /**
   * @throws AudioError if the recording cannot be read or has less than one frame
   * @throws LanguageError if a candidate is no language of the model
   */
  identify(recording: Recording, options?: IdentifyOptions): Promise<LanguageScore[]>;
  /** The same for each piece of a long recording. */
  timeline(recording: Recording, options?: IdentifyOptions & TimelineOptions): AsyncGenerator<LanguagePiece>;
  /** Frees the model; a checkpoint that was passed in stays open. */
  dispose(): void;
}

/** A candidate that the model does not know. `language` is its code. */
export class LanguageError extends Error {
  override name = "LanguageError";
  constructor(
    readonly language: string,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Makes a language identifier of a Hugging Face sequence-classification checkpoint such as MMS-LID.
 *
 * @param model an open checkpoint, or where to open one: folder, weight file or Hugging Face id
 * @param backend what computes, e.g. `ortBackend({ ort })`
 * @throws ConfigError or WeightError if config and weights are no such model
 */
export async function createLanguageIdentifier({
  model,
  backend,
}: {
  readonly model: Checkpoint | string;
  readonly backend: Backend;
}): Promise<LanguageIdentifier> {
  const opened = await openHead({
    model,
    backend,
    head: ({ config }) => sequenceClassificationHead(parseHeadConfig(config)),
  });
  const { labels } = parseHeadConfig(opened.checkpoint.config);

  return {
    languages: labels,
    async identify(recording, options = {}) {
      const allowed = candidateIndices(labels, options, opened.checkpoint.source);
      const [outputs] = await opened.run([recording]);
      return scoresOf(outputs!.logits.data, labels, allowed, options); // one recording in, one answer out
    },
    async *timeline(recording, options = {}) {
      const allowed = candidateIndices(labels, options, opened.checkpoint.source);
      for await (const { start, end, outputs } of opened.timeline(recording, options))
        yield { start, end, languages: scoresOf(outputs.logits.data, labels, allowed, options) };
    },
    dispose: () => opened.dispose(),
  };
}

/** Which outputs may win. */
function candidateIndices(
  labels: readonly string[],
  { candidates, top = 5 }: IdentifyOptions,
  source: string,
): readonly number[] {
  if (!Number.isInteger(top) || top < 1)
    throw new RangeError(`identify: top is ${top}; expected a whole number of at least 1`);
  if (!candidates) return labels.map((_, i) => i);
  if (candidates.length === 0) throw new RangeError("identify: candidates is empty; expected at least one");
  return [...new Set(candidates)].map((code) => {
    const index = labels.indexOf(code);
    if (index >= 0) return index;
    const known = labels.slice(0, 12).join(", ") + (labels.length > 12 ? ", …" : "");
    throw new LanguageError(
      code,
      `identify: "${code}" is no language of ${source}; it has ${labels.length}: ${known}`,
    );
  });
}

function scoresOf(
  logits: Float32Array,
  labels: readonly string[],
  allowed: readonly number[],
  { top = 5 }: IdentifyOptions,
): LanguageScore[] {
  const ranked = rankedScores(
    allowed.map((i) => logits[i]!),
    allowed.map((i) => labels[i]!),
  );
  return ranked
    .slice(0, top)
    .map(({ label, probability }) => ({ language: label, name: languageName(label), probability }));
}
