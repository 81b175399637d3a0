// Log-probabilities made elsewhere: a matrix and the symbols of its columns, both checked before use.
import { readFile } from "node:fs/promises";
import { openLocalFile, readNpy, readSafetensors } from "@wav2vec/checkpoints";
import type { WeightHandle } from "@wav2vec/core";
import {
  checkEmissions,
  createVocabulary,
  normaliseEmissions,
  type Emissions,
  type Vocabulary,
} from "@wav2vec/decoders";
import { UsageError } from "./usage-error.js";

/** Options of commands that read emissions. */
export interface EmissionFlags {
  readonly frameSeconds?: number;
  readonly emissionDelay?: number;
  readonly logits?: true;
  readonly blank?: string;
  readonly delimiter: string;
}

/** Names under which a file of several tensors holds emissions. */
const NAMES = ["emissions", "log_probs", "logits"];
/** Names of the blank, the likeliest first. */
const BLANKS = ["<pad>", "[PAD]", "<blank>", "<ctc_blank>", "<blk>", "[blank]", "-"];
/** How far a row's probabilities may be from 1 together; float16 is that coarse. */
const TOLERANCE = 0.02;

/**
 * Reads both files.
 *
 * @throws UsageError if the shapes do not fit or rows are no log-probabilities
 */
export async function readEmissions(
  path: string,
  vocabPath: string | undefined,
  { frameSeconds: secondsPerFrame = 0.02, emissionDelay = 0, logits, blank, delimiter }: EmissionFlags,
): Promise<{
  emissions: Emissions;
  meaning: { vocabulary: Vocabulary; secondsPerFrame: number; emissionDelay: number };
}> {
  if (!(secondsPerFrame > 0))
    throw new UsageError(`--frame-seconds: got "${secondsPerFrame}"; expected seconds above 0`);
  if (!(emissionDelay >= 0))
    throw new UsageError(`--emission-delay: got "${emissionDelay}"; expected seconds, 0 or more`);
  if (vocabPath === undefined)
    throw new UsageError("--vocab: missing; name the vocab.json that belongs to the emissions");
  const vocabulary = await readVocabulary(vocabPath, blank, delimiter);
  const meaning = { vocabulary, secondsPerFrame, emissionDelay };
  const matrix = await readMatrix(path, vocabulary.tokens.length);
  checkEmissions(matrix, vocabulary.tokens.length);
  if (logits) return { emissions: normaliseEmissions(matrix), meaning };
  const { data, frames, symbols } = matrix;
  for (let frame = 0; frame < frames; frame++) {
    let sum = 0;
    for (let k = frame * symbols; k < (frame + 1) * symbols; k++) sum += Math.exp(data[k]!);
    if (!(Math.abs(sum - 1) <= TOLERANCE))
      throw new UsageError(
        `${path}: the probabilities of frame ${frame} sum to ${sum.toPrecision(3)}; expected 1, from natural logs; are these logits? then add --logits`,
      );
  }
  return { emissions: matrix, meaning };
}

/** The matrix of a file; a batch of one is taken apart. */
async function readMatrix(path: string, symbols: number): Promise<Emissions> {
  const file = await openLocalFile(path);
  try {
    const handle = path.endsWith(".npy")
      ? await readNpy(file)
      : chooseTensor(path, (await readSafetensors(file)).tensors);
    const shape = handle.shape.length === 3 && handle.shape[0] === 1 ? handle.shape.slice(1) : handle.shape;
    const [frames, columns] = shape;
    if (shape.length !== 2 || frames === undefined || columns !== symbols || frames === 0)
      throw new UsageError(
        `${path}: is [${handle.shape.join(", ")}]; expected [frames, ${symbols}], as the vocabulary has ${symbols} symbols`,
      );
    return { data: await handle.read(), frames, symbols };
  } finally {
    await file.close();
  }
}

function chooseTensor(path: string, tensors: ReadonlyMap<string, WeightHandle>): WeightHandle {
  const name = tensors.size === 1 ? [...tensors.keys()][0] : NAMES.find((known) => tensors.has(known));
  const handle = name === undefined ? undefined : tensors.get(name);
  if (handle) return handle;
  const held = [...tensors.keys()].slice(0, 5).join(", ");
  throw new UsageError(
    `${path}: holds ${tensors.size} tensors (${held}); expected one, or one called ${NAMES.join(", ")}`,
  );
}

/** A JSON object of ids, or a text with one symbol a line. */
async function readVocabulary(
  path: string,
  blank: string | undefined,
  delimiter: string,
): Promise<Vocabulary> {
  const text = await readFile(path, "utf8");
  const ids = path.endsWith(".json") ? parseIds(path, text) : lineIds(text);
  const flat = Object.values(ids).every((value) => typeof value === "number");
  const chosen = blank ?? BLANKS.find((token) => !flat || token in ids);
  if (chosen === undefined)
    throw new UsageError(`${path}: has none of ${BLANKS.join(" ")}; name the blank with --blank`);
  return createVocabulary(ids, { blank: chosen, wordDelimiter: delimiter });
}

function parseIds(path: string, text: string): Record<string, number> {
  try {
    const ids: unknown = JSON.parse(text);
    if (typeof ids === "object" && ids !== null && !Array.isArray(ids)) return ids as Record<string, number>; // createVocabulary checks the values
  } catch {
    // told below
  }
  throw new UsageError(`${path}: is no JSON object; expected symbols with their ids, as in vocab.json`);
}

function lineIds(text: string): Record<string, number> {
  const lines = text.replace(/\r?\n$/u, "").split(/\r?\n/u);
  return Object.fromEntries(lines.map((token, id) => [token, id]));
}
