// Dropout whose masks are the same on every backend, from a few host-drawn numbers instead of whole masks.
import {
  evaluateDim,
  floor,
  input,
  less,
  matMul,
  mul,
  reshape,
  sizeOf,
  slice,
  sub,
  symbol,
  transpose,
  where,
  type Bindings,
  type Dim,
  type Input,
  type Value,
} from "@wav2vec/core";
import type { Random } from "./random.js";

// Why not masks as inputs: a base model has 12 attention maps of [batch, 12, 499, 499] and 36 activations; drawing and
// uploading 100 M numbers a step takes longer than the step. Why not a generator op: no two runtimes agree on one.
//
// Element (i, j) of a value seen as [rows, columns] has the hash h = a_i · b_j mod 2^16, where a_i and b_j are 4
// random whole numbers below 2^11: a vector multiply-add hash (Thorup 2015, High speed hashing for integers and
// strings, 3.4), pairwise independent between elements, rows, and places. It is one matrix product with 4 inner terms.
// Every sum is below 4 · 2^22 = 2^24, so float32 is exact in whatever order a backend adds; the factors have 11
// bits, so TF32 is exact too. An element is dropped if h / 2^16 < rate.

const LANES = 4;
const FACTORS = 2 ** 11;
const MODULUS = 2 ** 16;

/** What a run must be fed, by input name. */
export type Feeds = Readonly<
  Record<string, { readonly data: Float32Array; readonly shape: readonly number[] }>
>;

/** The dropout of one graph. */
export interface Dropout {
  /** Zeroes elements of x with probability `rate` and scales the others by 1 / (1 - rate). Each call is a new place. */
  apply(x: Value, rate: number): Value;
  /** Draws the inputs of one run. `bindings` are the values of the graph's symbols in that run, e.g. batch, samples. */
  draw(bindings: Bindings, random: Random): Feeds;
}

/** Dropout for one graph. Its inputs are called `dropout.rows` and `dropout.columns`. */
export function createDropout(): Dropout {
  const sizes: { readonly rows: Dim; readonly columns: Dim }[] = [];
  const rows: Input = input("dropout.rows", [symbol("dropoutRows"), LANES]);
  const columns: Input = input("dropout.columns", [symbol("dropoutPlaces"), symbol("dropoutColumns"), LANES]);
  return {
    apply(x, rate) {
      if (!(rate >= 0 && rate < 1))
        throw new RangeError(`dropout: the rate is ${rate}; expected 0 to below 1`);
      if (rate === 0) return x;
      const size = { rows: sizeOf(x.shape.slice(0, -1)), columns: x.shape.at(-1) ?? 1 };
      const place = sizes.push(size) - 1;
      const a = slice(rows, 0, 0, size.rows); // [rows, 4], already divided by 2^16
      const own = slice(slice(columns, 0, place, place + 1), 1, 0, size.columns);
      const b = transpose(reshape(own, [size.columns, LANES]), [1, 0]); // [4, columns]
      const quotient = matMul(a, b);
      const uniform = sub(quotient, floor(quotient)); // [rows, columns], h / 2^16
      const share = Math.round(rate * MODULUS) / MODULUS;
      return where(less(reshape(uniform, x.shape), share), 0, mul(x, 1 / (1 - share)));
    },
    draw(bindings, random) {
      if (sizes.length === 0) return {};
      const largest = (of: "rows" | "columns") =>
        Math.max(...sizes.map((size) => evaluateDim(size[of], bindings)));
      const factors = (shape: readonly number[], scale: number) => ({
        data: new Float32Array(shape.reduce((n, dim) => n * dim, 1)).map(
          () => (random.uint32() % FACTORS) * scale,
        ),
        shape,
      });
      return {
        [rows.name]: factors([largest("rows"), LANES], 1 / MODULUS),
        [columns.name]: factors([sizes.length, largest("columns"), LANES], 1),
      };
    },
  };
}

/**
 * A layer that may be left out: `layer` where `keep` holds, otherwise `x`. The decision is an input, so the layer is
 * computed either way; no rescaling, as in fairseq and Hugging Face.
 *
 * @param keep bool scalar
 */
export function layerDrop(keep: Value, layer: Value, x: Value): Value {
  return where(keep, layer, x);
}

/** Which layers to keep: 1 with probability 1 - `rate`. */
export function sampleLayerKeeps(layers: number, rate: number, random: Random): Uint8Array {
  return new Uint8Array(layers).map(() => Number(random.uniform() >= rate));
}
