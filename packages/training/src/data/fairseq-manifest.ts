// fairseq's manifests: a folder in the first line, then a file and its sample count in each; texts in files beside it.
import { readFile } from "node:fs/promises";
import { isAbsolute, resolve } from "node:path";
import { DataError, type Entry } from "./entry.js";

/** Whether a `.tsv` is a manifest: its first line is a folder, not a header with columns. */
export function isFairseqManifest(text: string): boolean {
  const [first = "", second = ""] = text.split(/\r?\n/, 2);
  return !first.includes("\t") && /\t\d+$/.test(second);
}

/**
 * The entries of a manifest. Texts come from the file of the same stem ending in `.wrd` (words) or `.ltr` (letters,
 * `|` between words), a line for each recording.
 *
 * @param text content of the manifest
 * @throws DataError if there are not as many texts as recordings
 * @see fairseq examples/wav2vec/wav2vec_manifest.py, libri_labels.py
 */
export async function readFairseqManifest(path: string, text: string): Promise<Entry[]> {
  const [root = "", ...lines] = text.replace(/\r?\n$/, "").split(/\r?\n/);
  const texts = await readTexts(path.replace(/\.tsv$/, ""));
  if (texts && texts.lines.length !== lines.length)
    throw new DataError(
      texts.file,
      `has ${texts.lines.length} lines, ${path} names ${lines.length} recordings; expected as many`,
    );
  return lines.map((line, i) => {
    const name = line.split("\t", 1)[0]!; // split gives at least one part
    const folder = isAbsolute(root) ? root : resolve(path, "..", root);
    return { path: resolve(folder, name), name, ...(texts && { text: texts.lines[i]! }) };
  });
}

async function readTexts(stem: string): Promise<{ file: string; lines: string[] } | undefined> {
  for (const ending of [".wrd", ".ltr"]) {
    const file = stem + ending;
    const content = await readFile(file, "utf8").catch(() => undefined);
    if (content === undefined) continue;
    const lines = content.replace(/\r?\n$/, "").split(/\r?\n/);
    return { file, lines: ending === ".wrd" ? lines : lines.map(joinLetters) };
  }
  return undefined;
}

/** `H I | Y O U |` -> `HI YOU` */
function joinLetters(line: string): string {
  return line.replaceAll(" ", "").replaceAll("|", " ").trim();
}
