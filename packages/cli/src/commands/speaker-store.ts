// `wav2vec speaker enrol`, `list` and `forget`: voices that are remembered in a folder.
import { openEnrolmentStore } from "@wav2vec/speaker/node";
import { inputFiles } from "../input-files.js";
import { terminalProgress } from "../progress.js";
import { exitCodes, UsageError } from "../usage-error.js";
import { withEmbedder, type EmbedderOptions } from "./open-embedder.js";

/** Where voices are kept. */
export interface StoreOptions {
  readonly store: string;
}

/** Remembers a speaker; all recordings or, if one cannot be read, none. */
export async function speakerEnrol(
  name: string,
  files: readonly string[],
  options: StoreOptions & EmbedderOptions,
): Promise<number> {
  const inputs = await inputFiles(files);
  await withEmbedder(options, terminalProgress(true), async (embedder) => {
    const store = await openEnrolmentStore(options.store, embedder);
    const embeddings = [];
    for (const { source } of inputs) embeddings.push(await embedder.embed(source));
    await store.enrol(name, embeddings);
  });
  return exitCodes.done;
}

/** Prints a line for each speaker: name, recordings. */
export async function speakerList({ store }: StoreOptions): Promise<number> {
  for (const { name, count } of await (await openEnrolmentStore(store)).speakers())
    process.stdout.write(`${name}\t${count}\n`);
  return exitCodes.done;
}

/** @throws UsageError if nobody is called so */
export async function speakerForget(name: string, { store }: StoreOptions): Promise<number> {
  if ((await (await openEnrolmentStore(store)).remove(name)) === 0)
    throw new UsageError(`speaker forget: "${name}" is not in ${store}; speaker list shows who is`);
  return exitCodes.done;
}
