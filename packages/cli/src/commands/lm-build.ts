// `wav2vec lm build`: text to an n-gram model.
import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, open, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { estimateNgrams, linesOf, writeArpa, writeNgrams, type RunStore } from "@wav2vec/decoders";
import { exitCodes, UsageError } from "../usage-error.js";

/** Options of the command, as the command line gives them. */
export interface BuildOptions {
  readonly out: string;
  readonly order: number;
  readonly prune?: string;
  readonly fallbackDiscounts?: true;
  readonly case?: "upper" | "lower";
  readonly largest: number;
}

/** @returns the exit code; errors are thrown */
export async function buildModel(files: readonly string[], options: BuildOptions): Promise<number> {
  const { order, largest } = options;
  const folder = await mkdtemp(join(tmpdir(), "wav2vec-lm-"));
  try {
    const { model, sentences, tokens, orders } = await estimateNgrams(sentencesOf(files, options.case), {
      order,
      largestSize: largest,
      store: runFiles(folder),
      ...(options.prune !== undefined && { prune: thresholds(options.prune) }),
      ...(options.fallbackDiscounts && { fallbackDiscounts: true }),
    });
    await writeModel(
      options.out,
      /\.arpa(\.gz)?$/u.test(options.out) ? writeArpa(model) : writeNgrams(model),
    );
    const counts = orders.map(({ ngrams, seen, discounts }, i) => {
      const [one, two, more] = discounts.map((discount) => discount.toFixed(3));
      return `${i + 1}-grams: ${ngrams} of ${seen} kept, discounts ${one} ${two} ${more}\n`;
    });
    process.stdout.write(`${sentences} sentences, ${tokens} words\n${counts.join("")}`);
    return exitCodes.done;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function* sentencesOf(
  files: readonly string[],
  letterCase: "upper" | "lower" | undefined,
): AsyncGenerator<string> {
  for (const file of files) {
    const source = file === "-" ? process.stdin : createReadStream(file);
    for await (const line of linesOf(source)) {
      if (letterCase === undefined) yield line;
      else yield letterCase === "upper" ? line.toUpperCase() : line.toLowerCase();
    }
  }
}

function thresholds(text: string): number[] {
  const values = text.split(",").map(Number);
  if (values.every((value) => Number.isInteger(value) && value >= 0)) return values;
  throw new UsageError(`--prune: got "${text}"; expected counts with commas between, e.g. 0,0,1`);
}

/** Counts beyond what memory holds, in files of a folder of their own. */
function runFiles(folder: string): RunStore {
  const path = (name: string) => join(folder, encodeURIComponent(name));
  return {
    async write(name, bytes) {
      const file = await open(path(name), "w");
      await file.writeFile(bytes);
      await file.close();
    },
    read: (name) => createReadStream(path(name), { highWaterMark: 1 << 20 }),
    remove: (name) => rm(path(name)),
  };
}

/** Writes pieces so that no half of them is ever seen under the file's name. */
async function writeModel(path: string, pieces: Iterable<Uint8Array>): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  try {
    const source = Readable.from(pieces);
    if (path.endsWith(".gz")) await pipeline(source, createGzip(), createWriteStream(partial));
    else await pipeline(source, createWriteStream(partial));
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
