// The recordings of a classifier's run, with what is to be learnt of each; and, where the encoder is frozen, their rows.
import { frameCount, graph, print, receptiveField, samplesPerFrame, type Backend, type Tensor, type Weights } from "@wav2vec/core"; // prettier-ignore
import { createHash } from "node:crypto";
import { dirname, extname, join, sep } from "node:path";
import type { ClassificationConfig } from "../config/classification-config.js";
import { orderedBatches } from "../data/batches.js";
import type { ClipReader } from "../data/clip-reader.js";
import type { Clips } from "../data/clips.js";
import type { Entry } from "../data/entry.js";
import type { TrainingEvent } from "../run/events.js";
import { openPart } from "../run/run-data.js";
import type { ClassificationSetup } from "./classification-setup.js";
import type { FrozenCut } from "./frozen-cut.js";
import { frozenRows } from "./frozen-rows.js";
import type { Target } from "./objectives.js";
import type { ClipRow } from "./output-source.js";
import { openRowStore, type RowStore } from "./row-store.js";
import { columnOf } from "./targets.js";

/** A part of the data. */
export interface LabelledClips extends Clips {
  readonly targets: readonly Target[];
  /** What the target's column says of each clip, and which data set the clip is of. */
  readonly classes: readonly string[];
  readonly sources: readonly string[];
}

/** Opens the train part, and the dev part where there is one. */
export async function openLabelled(
  config: ClassificationConfig,
  { start, targets, leastFrames, isHeld }: ClassificationSetup,
  reader: ClipReader,
  onEvent: (event: TrainingEvent) => void,
  signal: AbortSignal | undefined,
): Promise<{ readonly train: LabelledClips; readonly dev: LabelledClips | undefined }> {
  const { data, target } = config;
  const framesOf = (samples: number) => frameCount(samples, start.config);
  const shortest = receptiveField(start.config) + (leastFrames - 1) * samplesPerFrame(start.config);
  const isOpen = target.kind === "class" && target.openSet;
  const open = async (part: "train" | "dev", fields: typeof data, choose: (entry: Entry) => boolean) => {
    const isUnseen = part === "dev" && isOpen; // its classes are others
    const lack = isUnseen
      ? (entry: Entry) =>
          columnOf(entry, target.column) === undefined ? `column "${target.column}" is missing` : undefined
      : targets.lack;
    const clips = await openPart(part, fields, { lack, choose, framesOf, reader, shortest }, onEvent, signal);
    return {
      ...clips,
      targets: clips.clips.map(({ entry, samples }) => (isUnseen ? Int32Array.of(-100) : targets.read(entry, framesOf(samples)))), // prettier-ignore
      classes: clips.clips.map(({ entry }) =>
        "column" in target ? String(columnOf(entry, target.column)) : "",
      ),
      sources: clips.clips.map(({ entry }) => sourceOf(entry, fields[part])),
    };
  };
  const train = await open("train", data, (entry) => !isHeld(entry));
  if (data.hold) return { train, dev: await open("dev", { ...data, dev: data.train }, isHeld) };
  return { train, dev: data.dev.length > 0 ? await open("dev", data, () => true) : undefined };
}

/** The data set that an entry is of: the folder where its names start. */
function sourceOf({ path }: Entry, sources: ClassificationConfig["data"]["train"]): string {
  const roots = sources.map(({ path: table, audioFolder }) => audioFolder ?? (extname(table) === "" ? table : dirname(table))); // prettier-ignore
  return roots.find((root) => path.startsWith(root + sep)) ?? dirname(path);
}

/** The rows of a part by index. */
export type RowOf = (index: number) => Promise<ClipRow>;

/** Makes rows where they are not kept, and says where they are. */
export interface KeptRows {
  of(part: "train" | "dev", clips: Clips): Promise<RowOf>;
  dispose(): void;
}

/**
 * Opens the rows of a frozen encoder.
 *
 * @param weights of the encoder, and of what the cut's first part has of the head
 * @param out folder of the run
 */
export async function keepRows<T extends Tensor>(
  config: Pick<ClassificationConfig, "cache" | "batch" | "data">,
  { start, recipe, params, isHead }: Pick<ClassificationSetup, "start" | "recipe" | "params" | "isHead">,
  cut: FrozenCut,
  backend: Backend<T>,
  weights: Weights,
  { out, onEvent, signal }: { readonly out: string; readonly onEvent: (event: TrainingEvent) => void; readonly signal?: AbortSignal | undefined }, // prettier-ignore
): Promise<KeptRows> {
  const used = new Set(graph(cut.first.outputs).params.map(({ name }) => name));
  const own = params.filter(({ name }) => !isHead(name) || used.has(name));
  const identity = createHash("sha256").update(print(cut.first)).update(JSON.stringify([start.config, recipe.normalise])); // prettier-ignore
  for (const { name } of own) {
    const { buffer, byteOffset, byteLength } = await weights.get(name)!.read(); // every parameter has a weight
    identity.update(name).update(new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength)); // no shared memory
  }
  const runner = await frozenRows(start.config, cut, backend, weights, { normalise: recipe.normalise });
  const store: RowStore = await openRowStore({
    folder: config.cache.folder ?? join(out, "features"),
    folderBytes: config.cache.megabytes * 2 ** 20,
    memoryBytes: config.data.cacheMegabytes * 2 ** 20,
    identity: identity.digest("hex"),
    compute: (clips) => runner.run(clips),
  });
  return {
    async of(part, { clips, load }) {
      const keys: string[] = [];
      let done = 0;
      const batches = orderedBatches(clips, config.batch);
      for (const indices of batches) {
        signal?.throwIfAborted();
        const found = await store.prepare(await Promise.all(Array.from(indices, (i) => load(i))));
        indices.forEach((index, i) => (keys[index] = found[i]!)); // a key for each
        done += indices.length;
        onEvent({ type: "encoding", part, done, total: clips.length });
      }
      return (index) => store.row(keys[index]!, () => load(index)); // index < length
    },
    dispose: () => runner.dispose(),
  };
}
