import { describe, expect, it } from "vitest";
import {
  addDims,
  bindShape,
  commonFactor,
  evaluateDim,
  exactQuotient,
  floorDivDim,
  formatDim,
  mulDims,
  sameDim,
  subDims,
  symbol,
} from "./dim.js";
import { ShapeError } from "./errors.js";

const batch = symbol("batch");
const samples = symbol("samples");

describe("dim", () => {
  it("knows that equal polynomials are equal, however they were built", () => {
    expect(
      sameDim(mulDims(addDims(batch, 2), samples), addDims(mulDims(samples, batch), mulDims(2, samples))),
    ).toBe(true);
    expect(sameDim(addDims(batch, 1), addDims(batch, 2))).toBe(false);
    expect(subDims(batch, batch)).toBe(0);
  });

  it("takes multiples of the divisor out of a floor", () => {
    expect(sameDim(floorDivDim(addDims(mulDims(samples, 4), 3), 4), samples)).toBe(true);
    expect(formatDim(floorDivDim(addDims(samples, 7), 5))).toBe("floor((samples + 2) / 5) + 1");
    expect(formatDim(floorDivDim(subDims(samples, 10), 5))).toBe("floor((samples) / 5) + -2");
  });

  it("divides where the quotient is whole, whatever the symbols are", () => {
    const rows = mulDims(batch, addDims(mulDims(samples, 6), 4));
    expect(formatDim(exactQuotient(rows, mulDims(batch, 2))!)).toBe("3*samples + 2");
    expect(exactQuotient(rows, 4)).toBeUndefined();
    expect(exactQuotient(addDims(rows, 1), batch)).toBeUndefined();
    expect(exactQuotient(rows, addDims(batch, 1))).toBeUndefined();
    expect(exactQuotient(12, 4)).toBe(3);
    expect(commonFactor(rows)).toBe(2);
    expect(commonFactor(subDims(6, mulDims(9, samples)))).toBe(3);
  });

  it.each([
    [400, 1],
    [719, 1],
    [720, 2],
    [16000, 49],
    [160000, 499],
    [480000, 1499],
  ])("counts the frames of %i samples as %i", (count, frames) => {
    const layers = [
      [10, 5],
      ...Array<[number, number]>(4).fill([3, 2]),
      ...Array<[number, number]>(2).fill([2, 2]),
    ];
    const dim = layers.reduce((time, [k, s]) => addDims(floorDivDim(subDims(time, k!), s!), 1), samples);
    expect(evaluateDim(dim, new Map([["samples", count]]))).toBe(frames);
  });

  it("floors negative numerators downwards", () => {
    expect(evaluateDim(floorDivDim(subDims(samples, 10), 3), new Map([["samples", 2]]))).toBe(-3);
  });

  it("binds symbols to actual lengths and names the input that contradicts them", () => {
    const bindings = new Map<string, number>();
    bindShape("x", [batch, samples], [2, 9], bindings);
    expect(Object.fromEntries(bindings)).toEqual({ batch: 2, samples: 9 });
    expect(() => bindShape("lengths", [batch], [3], bindings)).toThrow(
      new ShapeError('run: input "lengths" is [3]; expected [batch] with batch = 2, samples = 9'),
    );
  });
});
