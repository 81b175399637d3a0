// The positional convolution's weight norm, w = g · v / ‖v‖: three spellings of one weight, each readable as the others.
// Old: weight_g, weight_v. New: parametrizations.weight.original0 (g), original1 (v). Folded: weight.
import type { WeightHandle } from "@wav2vec/core";
import { FormatError } from "../errors.js";

const G = ".parametrizations.weight.original0";
const V = ".parametrizations.weight.original1";
const FOLDED = ".weight";
/** The one convolution with weight norm in wav2vec 2.0 and its siblings. */
const POSITIONAL = "encoder.pos_conv_embed.conv";

/** The new spelling of an old one; other keys as they are. */
export function newSpelling(key: string): string {
  return key.replace(/\.weight_g$/, G).replace(/\.weight_v$/, V);
}

/**
 * Adds the spellings that a file lacks: folded for factored weights, factored for a folded positional convolution.
 *
 * @param weights in the new spelling; the missing entries are added
 * @throws FormatError if a file holds both, or g and v do not fit together
 */
export function addSpellings(file: string, weights: Map<string, WeightHandle>): void {
  for (const key of [...weights.keys()]) {
    if (!key.endsWith(G)) continue;
    const stem = key.slice(0, -G.length);
    const g = weights.get(key)!; // the key is the map's own
    const v = weights.get(stem + V);
    if (!v) continue; // binding reports what is missing
    if (weights.has(stem + FOLDED))
      throw new FormatError(
        file,
        `holds "${stem}" both with and without weight norm; expected one of the two; delete one`,
      );
    weights.set(stem + FOLDED, fold(file, stem, g, v));
  }
  const folded = weights.get(POSITIONAL + FOLDED);
  if (folded && !weights.has(POSITIONAL + G)) {
    weights.set(POSITIONAL + G, factorG(folded));
    weights.set(POSITIONAL + V, factorV(folded));
  }
}

/**
 * Keys that mean the same weight get the same name: using one spelling uses the weight.
 *
 * @param keys of the checkpoint, spellings added
 */
export function weightOf(key: string, keys: { has(key: string): boolean }): string {
  const stem = [G, V, FOLDED]
    .map((end) => (key.endsWith(end) ? key.slice(0, -end.length) : undefined))
    .find((found) => found !== undefined);
  return stem !== undefined && keys.has(stem + G) && keys.has(stem + FOLDED) ? stem + FOLDED : key;
}

/** w = g · v / ‖v‖ over every axis but the one that g keeps (the taps, axis 2). */
function fold(file: string, stem: string, g: WeightHandle, v: WeightHandle): WeightHandle {
  const axis = g.shape.findIndex((size) => size !== 1);
  const kept = axis < 0 ? v.shape.length - 1 : axis;
  const fits =
    g.shape.length === v.shape.length && g.shape.every((size, i) => size === (i === kept ? v.shape[i] : 1));
  if (!fits)
    throw new FormatError(
      file,
      `"${stem}" has weight norm g [${g.shape.join(", ")}] and v [${v.shape.join(", ")}], which do not fit; the file is damaged`,
    );
  const read = async () => {
    const [gains, directions] = await Promise.all([g.read(), v.read()]);
    const norms = normsAlong(directions, v.shape, kept);
    const inner = innerSize(v.shape, kept);
    return directions.map((value, i) => {
      const tap = Math.floor(i / inner) % norms.length;
      return (gains[tap]! * value) / norms[tap]!;
    });
  };
  return { shape: v.shape, dtype: "float32", read };
}

/** g of a folded weight: ‖w‖ for each tap. */
function factorG(weight: WeightHandle): WeightHandle {
  const taps = weight.shape.length - 1;
  const read = async () => Float32Array.from(normsAlong(await weight.read(), weight.shape, taps));
  return { shape: weight.shape.map((size, axis) => (axis === taps ? size : 1)), dtype: "float32", read };
}

/** v of a folded weight: w itself; where a tap is all zero, ones, since its direction is lost and 0 / 0 is not 0. */
function factorV(weight: WeightHandle): WeightHandle {
  const read = async () => {
    const values = await weight.read();
    const norms = normsAlong(values, weight.shape, weight.shape.length - 1);
    return norms.every((norm) => norm > 0)
      ? values
      : values.map((value, i) => (norms[i % norms.length] === 0 ? 1 : value));
  };
  return { ...weight, read };
}

/** Euclidean norms over all axes but `axis`, in float64. */
function normsAlong(values: Float32Array, shape: readonly number[], axis: number): Float64Array {
  const inner = innerSize(shape, axis);
  const squares = new Float64Array(shape[axis]!);
  values.forEach((value, i) => (squares[Math.floor(i / inner) % squares.length]! += value * value));
  return squares.map(Math.sqrt);
}

function innerSize(shape: readonly number[], axis: number): number {
  return shape.slice(axis + 1).reduce((a, b) => a * b, 1);
}
