// The two files of an evaluation, read by their endings and paired.
import { readFile } from "node:fs/promises";
import {
  boundaryDifferences,
  formats,
  spansOf,
  type BoundaryDifferences,
  type FormatName,
  type Marked,
} from "@wav2vec/decoders";
import { UsageError } from "./usage-error.js";

/** One utterance of both files. */
export interface EvalPair {
  readonly reference: string;
  readonly hypothesis: string;
  /** Words with times, where the files have them. */
  readonly referenceWords?: readonly Marked[];
  readonly hypothesisWords?: readonly Marked[];
}

interface Utterance {
  readonly id: string;
  readonly text: string;
  readonly words?: readonly Marked[];
}

const TIMED: Readonly<Record<string, FormatName>> = {
  ".ctm": "ctm",
  ".textgrid": "textgrid",
  ".srt": "srt",
  ".vtt": "vtt",
  ".json": "json",
};
/** Field names of records, in the order in which they are looked for. */
const IDS = ["id", "file", "file_name", "audio", "audio_filepath", "path", "name"];
const TEXTS = ["text", "transcription", "transcript", "sentence", "pred_text"];

/**
 * Reads both files and pairs their utterances: lines by number, records by id, timed texts as wholes.
 *
 * @throws UsageError if they cannot be paired
 */
export async function readPairs(referencePath: string, hypothesisPath: string): Promise<EvalPair[]> {
  const [reference, hypothesis] = [await readUtterances(referencePath), await readUtterances(hypothesisPath)];
  const found = new Map(hypothesis.map((utterance) => [utterance.id, utterance]));
  const missing = reference.filter(({ id }) => !found.has(id)).map(({ id }) => id);
  const known = new Set(reference.map(({ id }) => id));
  const extra = hypothesis.filter(({ id }) => !known.has(id)).map(({ id }) => id);
  if (missing.length > 0 || extra.length > 0) {
    const [ids, has, lacks] =
      missing.length > 0 ? [missing, referencePath, hypothesisPath] : [extra, hypothesisPath, referencePath];
    throw new UsageError(
      `eval: ${has} has ${ids.length} utterances that ${lacks} lacks, such as ${ids.slice(0, 3).join(", ")}; ` +
        `expected the same ones in both (${reference.length} and ${hypothesis.length} read)`,
    );
  }
  if (reference.length === 0) throw new UsageError(`eval: ${referencePath} is empty; expected utterances`);
  return reference.map(({ id, text, words }) => {
    const other = found.get(id)!; // checked above
    return {
      reference: text,
      hypothesis: other.text,
      ...(words && { referenceWords: words }),
      ...(other.words && { hypothesisWords: other.words }),
    };
  });
}

/** Time differences of the pairs that have words with times on both sides. */
export function pairTimes(
  pairs: readonly EvalPair[],
  normalise: (text: string) => string,
): BoundaryDifferences[] {
  const plain = (words: readonly Marked[]) => words.map((word) => ({ ...word, text: normalise(word.text) }));
  return pairs.flatMap(({ referenceWords, hypothesisWords }) =>
    referenceWords?.length && hypothesisWords?.length
      ? [boundaryDifferences(plain(referenceWords), plain(hypothesisWords))]
      : [],
  );
}

async function readUtterances(path: string): Promise<Utterance[]> {
  const source = (await readFile(path, "utf8")).replace(/^\uFEFF/u, "");
  const ending = /\.[^.]*$/u.exec(path.toLowerCase())?.[0] ?? "";
  if (ending === ".jsonl") return unique(path, records(path, source));
  const format = TIMED[ending];
  if (format === undefined) return lines(source);
  if (format !== "ctm") return [timed("1", format, source)];
  const names = source
    .split(/\r?\n/u)
    .filter((line) => line.trim() !== "" && !line.startsWith(";;"))
    .map((line) => line.trim().split(/\s+/u)[0]!); // a line that is not empty has a first word
  const recordings = [...new Set(names)];
  if (recordings.length <= 1) return [timed("1", format, source)];
  return recordings.map((recording) => timed(recording, format, source, recording));
}

function timed(id: string, format: FormatName, source: string, recording?: string): Utterance {
  const { parse } = formats[format];
  if (!parse)
    throw new UsageError(`eval: ${format} cannot be read back; expected text, .jsonl, .ctm or .TextGrid`);
  const text = parse(source, recording === undefined ? {} : { recording });
  const words = spansOf(text, "words");
  return {
    id,
    text: words.length > 0 ? words.map((word) => word.text).join(" ") : text.text.replace(/\s+/gu, " "),
    words,
  };
}

/** Lines are utterances, empty ones too: a recogniser may have heard nothing. */
function lines(source: string): Utterance[] {
  const all = source.replace(/\r?\n$/u, "");
  return all === "" ? [] : all.split(/\r?\n/u).map((text, i) => ({ id: `line ${i + 1}`, text }));
}

function records(path: string, source: string): Utterance[] {
  return source.split(/\r?\n/u).flatMap((line, i) => {
    if (line.trim() === "") return [];
    const where = `${path}: line ${i + 1}`;
    let record: unknown;
    try {
      record = JSON.parse(line);
    } catch {
      throw new UsageError(`${where}: is not JSON; expected one object a line`);
    }
    const fields = (typeof record === "object" && record !== null ? record : {}) as Record<string, unknown>; // looked up by name below
    const find = (names: readonly string[]) =>
      names
        .map((name) => fields[name])
        .find((value) => typeof value === "string" || typeof value === "number");
    const [id, text] = [find(IDS), find(TEXTS)];
    if (id === undefined || text === undefined)
      throw new UsageError(`${where}: expected one of ${IDS.join(", ")} and one of ${TEXTS.join(", ")}`);
    return [{ id: String(id), text: String(text) }];
  });
}

function unique(path: string, utterances: Utterance[]): Utterance[] {
  const seen = new Set<string>();
  for (const { id } of utterances) {
    if (seen.has(id)) throw new UsageError(`${path}: has ${JSON.stringify(id)} twice; expected each id once`);
    seen.add(id);
  }
  return utterances;
}
