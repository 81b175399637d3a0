// What a data set holds: AudioFolder, JSON lines, CSV or TSV, a fairseq manifest, or a plain folder of recordings.
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, extname, join, relative, resolve, sep } from "node:path";
import { parseDelimited } from "./delimited-text.js";
import { DataError, type Entry } from "./entry.js";
import { isFairseqManifest, readFairseqManifest } from "./fairseq-manifest.js";
import { listRecordings } from "./list-recordings.js";

/** Which entries of which table. */
export interface DataSource {
  /** A folder with metadata.jsonl, metadata.csv or recordings; a .jsonl, .csv or .tsv file; a fairseq manifest (.tsv). */
  readonly path: string;
  /** Only entries of this split; default all. */
  readonly split?: string | undefined;
  /** Where the names in the table start; default the table's folder. */
  readonly audioFolder?: string | undefined;
  /** Only the first so many entries, after choosing the split; default all. */
  readonly limit?: number | undefined;
  /** Each recording comes this many times in an epoch; default once. */
  readonly repeat?: number | undefined;
}

/**
 * Reads the table; no recording is opened.
 *
 * @throws DataError if the table is of an unknown kind, damaged, or has nothing of the split
 */
export async function readEntries({ path, split, audioFolder, limit, repeat }: DataSource): Promise<Entry[]> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new DataError(path, "does not exist; expected a folder with metadata.jsonl, or a table");
  const all = found.isDirectory() ? await readFolder(path, audioFolder) : await readTable(path, audioFolder);
  const chosen = split === undefined ? all : all.filter((entry) => entry.split === split);
  if (chosen.length === 0) {
    const splits = [...new Set(all.map((entry) => entry.split ?? "none"))];
    throw new DataError(
      path,
      `has ${all.length} recordings, none of split "${split ?? ""}"; it has ${splits.join(", ") || "nothing"}`,
    );
  }
  return chosen.slice(0, limit).map((entry) => (repeat === undefined ? entry : { ...entry, repeat }));
}

const TABLES = ["metadata.jsonl", "metadata.csv", "metadata.tsv"];

async function readFolder(path: string, audioFolder: string | undefined): Promise<Entry[]> {
  const names = await readdir(path);
  const table = TABLES.find((name) => names.includes(name));
  return table ? readTable(join(path, table), audioFolder) : readRecordings(path);
}

/** Every recording under a folder; the folder it lies in is its label. */
async function readRecordings(folder: string): Promise<Entry[]> {
  return (await listRecordings(folder)).map((name) => {
    const inside = dirname(relative(folder, join(folder, name)));
    return {
      path: resolve(folder, name),
      name: name.split(sep).join("/"),
      ...(inside !== "." && { label: basename(inside) }),
    };
  });
}

async function readTable(path: string, audioFolder = dirname(path)): Promise<Entry[]> {
  const text = await readFile(path, "utf8");
  const kind = extname(path).toLowerCase();
  if (kind === ".tsv" && isFairseqManifest(text)) return readFairseqManifest(path, text);
  const rows =
    kind === ".jsonl"
      ? parseJsonLines(path, text)
      : kind === ".csv"
        ? parseDelimited(path, text, ",")
        : kind === ".tsv"
          ? parseDelimited(path, text, "\t")
          : undefined;
  if (!rows) throw new DataError(path, `ends in "${kind}"; expected .jsonl, .csv or .tsv`);
  return rows.map((row, i) => entryOf(path, row, i + 1, audioFolder));
}

function parseJsonLines(file: string, text: string): Record<string, unknown>[] {
  return text.split(/\r?\n/).flatMap((line, i) => {
    if (line.trim() === "") return [];
    try {
      const row: unknown = JSON.parse(line);
      if (typeof row === "object" && row !== null) return [row as Record<string, unknown>]; // an object has string keys
    } catch {
      // said below
    }
    throw new DataError(file, `line ${i + 1} is no JSON object: ${line.slice(0, 60)}`);
  });
}

/** Column names in use: Hugging Face AudioFolder, Common Voice, NeMo. */
const COLUMNS = {
  name: ["file_name", "path", "audio_filepath", "audio", "file", "wav"],
  text: ["transcription", "sentence", "text", "transcript"],
  label: ["label", "class"],
  speaker: ["speaker_id", "client_id", "speaker"],
  split: ["split"],
} as const;

function entryOf(
  file: string,
  row: Readonly<Record<string, unknown>>,
  number: number,
  folder: string,
): Entry {
  const cell = (column: keyof typeof COLUMNS) => {
    const name = COLUMNS[column].find((candidate) => row[candidate] !== undefined && row[candidate] !== null);
    return name === undefined ? undefined : String(row[name]);
  };
  const name = cell("name");
  if (name === undefined || name === "")
    throw new DataError(
      file,
      `entry ${number} names no recording; expected a column ${COLUMNS.name.join(", ")}; it has ${Object.keys(row).join(", ")}`,
    );
  const optional = (["text", "label", "speaker", "split"] as const).flatMap((column) => {
    const value = cell(column);
    return value === undefined ? [] : [[column, value] as const];
  });
  return { path: resolve(folder, name), name, ...Object.fromEntries(optional), columns: row };
}
