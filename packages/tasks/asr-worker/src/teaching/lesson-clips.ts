// Labelled clips as a lesson needs them: spelled in the model's symbols, long enough, or refused with every reason.
import { prepareText } from "@wav2vec/align";
import type { AcousticModel } from "@wav2vec/asr";
import { STAR, type Vocabulary } from "@wav2vec/decoders";
import type { LabelledClip } from "../protocol.js";

/** A clip that can be learnt. */
export interface LessonClip {
  readonly name: string;
  /** 16 kHz mono. */
  readonly samples: Float32Array;
  readonly labels: Int32Array;
  /** What is learnt, as the model writes it. */
  readonly text: string;
}

/** Clips that cannot be learnt; the message has a line for each. */
class LessonError extends Error {
  override name = "LessonError";
}

/** Most seconds of a clip: all activations of a batch are kept for the backward pass. */
const LONGEST_SECONDS = 20;

/**
 * Spells the clips.
 *
 * @throws LessonError naming each clip that has no text, letters that the model lacks, or too little or too much sound
 */
export async function lessonClips(
  clips: readonly LabelledClip[],
  model: Pick<AcousticModel, "vocabulary" | "samplesPerFrame" | "receptiveField">,
): Promise<LessonClip[]> {
  if (clips.length === 0) throw new LessonError("lesson: got no clips; expected a few, each with its text");
  const spelled: LessonClip[] = [];
  const faults: string[] = [];
  for (const { name, samples, text } of clips) {
    const labels = await labelsOf(text, model.vocabulary).catch((error: unknown) => String(error));
    const fault = typeof labels === "string" ? labels : soundFault(samples, labels, model);
    if (typeof labels === "string" || fault !== undefined) faults.push(`${name}: ${fault}`);
    else spelled.push({ name, samples, labels, text: writtenOf(labels, model.vocabulary) });
  }
  if (faults.length > 0) throw new LessonError(faults.join("\n"));
  return spelled;
}

/** Symbol ids of a text, or what is wrong with it. */
async function labelsOf(text: string, vocabulary: Vocabulary): Promise<Int32Array | string> {
  if (text.trim() === "") return "has no text; write down what is said in it";
  const { segments } = await prepareText(text, vocabulary);
  const words = segments.flatMap((segment) => segment.words);
  const { wordDelimiter } = vocabulary;
  const labels: number[] = [];
  const unknown = new Set<string>();
  for (const { units, isSpaced } of words) {
    if (labels.length > 0 && isSpaced && wordDelimiter !== undefined) labels.push(wordDelimiter);
    for (const unit of units)
      if (unit.symbols.includes(STAR)) unknown.add(unit.text);
      else labels.push(...unit.symbols);
  }
  if (unknown.size === 0) return Int32Array.from(labels);
  const letters = lettersOf(vocabulary);
  return `the model has no symbol for ${[...unknown].map((x) => `"${x}"`).join(", ")}; write the words as they sound with ${letters}`;
}

function soundFault(
  samples: Float32Array,
  labels: Int32Array,
  { samplesPerFrame, receptiveField }: Pick<AcousticModel, "samplesPerFrame" | "receptiveField">,
): string | undefined {
  const seconds = samples.length / 16_000;
  if (seconds > LONGEST_SECONDS)
    return `lasts ${seconds.toFixed(1)} s; expected ${LONGEST_SECONDS} s at most; cut it`;
  const frames = samples.length < receptiveField ? 0 : 1 + Math.floor((samples.length - receptiveField) / samplesPerFrame); // prettier-ignore
  const needed = labels.reduce((n, label, i) => n + (label === labels[i - 1] ? 2 : 1), 0); // a blank between twins
  if (frames < needed)
    return `lasts ${seconds.toFixed(2)} s, too short for its ${labels.length} letters; check that text and recording belong together`;
  return undefined;
}

const writtenOf = (labels: Int32Array, { tokens, wordDelimiter }: Vocabulary): string =>
  Array.from(labels, (label) => (label === wordDelimiter ? " " : tokens[label]!)).join(""); // labels come from it

/** The letters that a model can write, shortened. */
function lettersOf({ tokens, blank, wordDelimiter, special = [] }: Vocabulary): string {
  const own = tokens.filter((_, id) => id !== blank && id !== wordDelimiter && !special.includes(id));
  const sorted = [...own].sort();
  return sorted.length > 40 ? `${sorted.slice(0, 40).join(" ")} …` : sorted.join(" ");
}
