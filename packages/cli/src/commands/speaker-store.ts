// `wav2vec speaker enrol`, `identify`, `list` and `forget`: voices that are remembered in a folder.
import { identifySpeaker } from "@wav2vec/speaker";
import { openEnrolmentStore } from "@wav2vec/speaker/node";
import { inputFiles } from "../input-files.js";
import { terminalProgress } from "../progress.js";
import { describeError, exitCodes, UsageError } from "../usage-error.js";
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

/** Options of `speaker identify`, as the command line gives them. */
export interface SpeakerIdentifyOptions extends StoreOptions, EmbedderOptions {
  readonly threshold?: number;
  readonly format: "text" | "json";
  readonly quiet?: true;
}

/** @returns the exit code: 1 if any recording failed */
export async function speakerIdentify(
  files: readonly string[],
  options: SpeakerIdentifyOptions,
): Promise<number> {
  const inputs = await inputFiles(files);
  const progress = terminalProgress(options.quiet ?? false);
  const { threshold } = options;
  let failures = 0;
  try {
    await withEmbedder(options, progress, async (embedder) => {
      const known = await (await openEnrolmentStore(options.store, embedder)).speakers();
      for (const { name: file, source } of inputs) {
        try {
          const embedding = await embedder.embed(source);
          const found = identifySpeaker(embedding, known, threshold === undefined ? {} : { threshold });
          const score = found.ranking[0]!.score.toFixed(4); // somebody is known, or it would have thrown
          process.stdout.write(
            options.format === "json"
              ? `${JSON.stringify({ file, speaker: found.speaker ?? null, ranking: found.ranking })}\n`
              : `${[...(inputs.length > 1 ? [file] : []), found.speaker ?? "(nobody known)", score].join("\t")}\n`,
          );
        } catch (error) {
          progress.message(`wav2vec: ${file}: ${describeError(error)}`);
          failures++;
        }
      }
    });
  } finally {
    progress.stop();
  }
  return failures > 0 ? exitCodes.failed : exitCodes.done;
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
