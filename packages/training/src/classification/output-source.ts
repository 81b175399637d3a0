// Where a head's outputs come from in a step: the encoder with the head on it, or rows that were computed once a clip.
import { scope, type Head, type Value, type Wav2Vec2Config } from "@wav2vec/core";
import type { Random } from "../random.js";
import { drawClips, encoderInTraining, type EncoderRecipe } from "../trainer/encoder-in-training.js";
import type { HostTensors } from "../trainer/gradient-step.js";
import type { FrozenCut } from "./frozen-cut.js";
import type { Target } from "./objectives.js";

/** Clips of one step. */
export interface ClassificationBatch {
  readonly names: readonly string[];
  /** Raw samples at 16 kHz; empty where rows are kept. */
  readonly clips: readonly Float32Array[];
  /** Positions in the data set that they are of. */
  readonly indices: ArrayLike<number>;
  readonly targets: readonly Target[];
}

/** A head's outputs as values, and what a run is fed for them. */
export interface OutputSource {
  readonly outputs: Readonly<Record<string, Value>>;
  /** Values to compute again from in the backward pass. */
  readonly checkpoints: readonly Value[];
  feeds(batch: ClassificationBatch, random: Random): Promise<HostTensors>;
}

/**
 * The head on the encoder. Without masks and rates this is the model as it is used.
 *
 * @param isTrained which parameters learn; default all
 */
export function encoderSource(
  config: Wav2Vec2Config,
  head: Head,
  recipe: EncoderRecipe,
  isTrained?: (name: string) => boolean,
): OutputSource {
  const { features, dropout } = encoderInTraining(config, recipe, isTrained);
  return {
    outputs: head(features, scope()),
    checkpoints: features.hidden,
    feeds: async ({ clips }, random) => drawClips(clips, config, recipe, dropout, random).host,
  };
}

/** What is kept of one clip. */
export interface ClipRow {
  readonly frames: number;
  /** By name; shapes are without the batch. */
  readonly parts: Readonly<
    Record<string, { readonly data: Float32Array; readonly shape: readonly number[] }>
  >;
}

/** The second part of a head, on rows of the first. `rowOf` gives the row of a clip of the data set. */
export function rowSource(
  { outputs }: Pick<FrozenCut, "outputs">,
  rowOf: (index: number) => Promise<ClipRow>,
): OutputSource {
  return {
    outputs,
    checkpoints: [],
    feeds: async ({ indices }) => stackRows(await Promise.all(Array.from(indices, rowOf))),
  };
}

/** Rows as one batch; those of frames are padded with zeros, and `frameCounts` says how many frames each has. */
function stackRows(rows: readonly ClipRow[]): HostTensors {
  const frames = Int32Array.from(rows, (row) => row.frames);
  const host: Record<string, HostTensors[string]> = { frameCounts: { data: frames, shape: [rows.length] } };
  for (const name of Object.keys(rows[0]?.parts ?? {})) {
    const parts = rows.map((row) => row.parts[name]!); // every clip has the same parts
    const [, ...inner] = parts[0]!.shape;
    const longest = Math.max(...parts.map(({ shape }) => shape[0]!)); // at least one axis
    const size = inner.reduce((n, dim) => n * dim, longest);
    const data = new Float32Array(rows.length * size);
    parts.forEach((part, row) => data.set(part.data, row * size));
    host[name] = { data, shape: [rows.length, longest, ...inner] };
  }
  return host;
}
