// Checkpoints of published sizes with seeded noise for weights: what they say means nothing, what they cost is real.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeSafetensors, type TensorToWrite } from "@wav2vec/checkpoints";
import type { WeightHandle, Weights } from "@wav2vec/core";

/** A parameter by name. */
export interface Sized {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Writes config.json and model.safetensors, every weight with numbers of its own. */
export async function writeModel(folder: string, config: object, params: readonly Sized[]): Promise<void> {
  writeJson(join(folder, "config.json"), config);
  await writeWeights(join(folder, "model.safetensors"), params);
}

export function writeJson(path: string, content: object): void {
  writeFileSync(path, JSON.stringify(content));
}

export async function writeWeights(path: string, params: readonly Sized[]): Promise<void> {
  const tensors = params.map(({ name, shape }, i): [string, TensorToWrite] => [
    name,
    { shape, data: () => noise(countOf(shape), i + 1) },
  ]);
  await writeSafetensors(path, new Map(tensors), { format: "pt" });
}

/** Weights of these shapes in memory. */
export function noiseWeights(params: readonly Sized[]): Weights {
  return new Map(
    params.map(({ name, shape }, i): [string, WeightHandle] => [
      name,
      { shape, dtype: "float32", read: () => Promise.resolve(noise(countOf(shape), i + 1)) },
    ]),
  );
}

/**
 * Weights of these shapes that all lie at one place in a file: a model of a billion parameters in a few megabytes of
 * disk, whose adapters are read and switched as if the rest were real.
 *
 * @param stored a tensor at least as large as the largest parameter
 */
export function sharedWeights(params: readonly Sized[], stored: WeightHandle): Weights {
  const { path, offset } = stored.location!; // safetensors on disk
  return new Map(
    params.map(({ name, shape }): [string, WeightHandle] => [
      name,
      {
        shape,
        dtype: "float32",
        location: { path, offset, length: 4 * countOf(shape) },
        read: async () => (await stored.read()).slice(0, countOf(shape)),
      },
    ]),
  );
}

export function countOf(shape: readonly number[]): number {
  return shape.reduce((size, dim) => size * dim, 1);
}

/** Uniform in ±0.035, standard deviation 0.02: xorshift. @see Marsaglia 2003 */
export function noise(length: number, seed: number): Float32Array {
  let state = (seed * 0x9e3779b9) | 1;
  return Float32Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state / 2 ** 31) * 0.035;
  });
}
