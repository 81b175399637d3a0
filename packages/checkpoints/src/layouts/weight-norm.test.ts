import { describe, expect, it } from "vitest";
import type { WeightHandle } from "@wav2vec/core";
import { addSpellings } from "./weight-norm.js";

const CONV = "encoder.pos_conv_embed.conv";
const G = `${CONV}.parametrizations.weight.original0`;
const V = `${CONV}.parametrizations.weight.original1`;
/** A few roundings of float32. */
const TOLERANCE = 3e-7;

const handle = (shape: number[], values: number[]): WeightHandle => ({
  shape,
  dtype: "float32",
  read: async () => new Float32Array(values),
});

function expectClose(actual: Float32Array, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) =>
    expect(Math.abs(actual[i]! - value)).toBeLessThanOrEqual(TOLERANCE * Math.abs(value)),
  );
}

describe("weight norm", () => {
  it("folds g · v / ‖v‖ with the norm over all axes but the taps", async () => {
    // two taps; tap 0 holds 3, 0, 0, 4 (norm 5), tap 1 holds 0, 6, 8, 0 (norm 10)
    const weights = new Map([[G, handle([1, 1, 2], [10, -1])], [V, handle([2, 2, 2], [3, 0, 0, 6, 0, 8, 4, 0])]]); // prettier-ignore
    addSpellings("file", weights);
    expect(weights.get(`${CONV}.weight`)?.shape).toEqual([2, 2, 2]);
    expectClose(await weights.get(`${CONV}.weight`)!.read(), [6, 0, 0, -0.6, 0, -0.8, 8, 0]);
  });

  it("factors a folded weight so that folding gives it back, even where a tap is all zero", async () => {
    const folded = [3, 0, 0, 0, -4, 0, 12, 0];
    const weights = new Map([[`${CONV}.weight`, handle([2, 2, 2], folded)]]);
    addSpellings("file", weights);
    expect(weights.get(G)?.shape).toEqual([1, 1, 2]);
    expectClose(await weights.get(G)!.read(), [13, 0]);
    const again = new Map([[G, weights.get(G)!], [V, weights.get(V)!]]); // prettier-ignore
    addSpellings("file", again);
    expectClose(await again.get(`${CONV}.weight`)!.read(), folded);
  });

  it("leaves plain convolutions of other models alone", () => {
    const weights = new Map([["encoder.pos_conv_embed.layers.0.conv.weight", handle([1, 1, 1], [1])]]);
    addSpellings("file", weights);
    expect(weights.size).toBe(1);
  });

  it("refuses g and v that do not fit together", () => {
    const weights = new Map([[G, handle([1, 1, 3], [1, 1, 1])], [V, handle([2, 2, 2], [])]]); // prettier-ignore
    expect(() => addSpellings("file", weights)).toThrow(/g \[1, 1, 3\] and v \[2, 2, 2\], which do not fit/);
  });
});
