import {
  add,
  concat,
  div,
  expand,
  graph,
  input,
  matMul,
  mul,
  reshape,
  slice,
  sqrt,
  sub,
} from "@wav2vec/core";
import { describe, expect, it } from "vitest";
import { reusableMemory } from "./donation.js";

const w = input("w", [4]);
const g = input("g", [4]);
const reuse = (outputs: Parameters<typeof graph>[0]) => Object.fromEntries(reusableMemory(graph(outputs)));

describe("reusableMemory", () => {
  it("updates parameters and moments in place", () => {
    const m = input("m", [4]);
    const moment = add(mul(m, 0.9), mul(g, 0.1));
    const next = sub(w, div(moment, sqrt(add(mul(moment, moment), 1e-8))));
    expect(reuse({ next, moment })).toEqual({ next: ["w", "m", "g"], moment: ["m", "g"] });
  });

  it("leaves an input alone that something else still reads", () => {
    const turned = concat([slice(w, 0, 2, 4), slice(w, 0, 0, 2)], 0);
    expect(reuse({ y: sub(w, 1), late: mul(turned, g) })).toEqual({ late: ["g"] });
  });

  it("lets an output follow readers that come before it", () => {
    const turned = concat([slice(w, 0, 2, 4), slice(w, 0, 0, 2)], 0);
    expect(reuse({ sum: add(w, turned) })).toEqual({ sum: ["w"] });
  });

  it("takes reading a view for reading the input", () => {
    const row = input("row", [1, 4]);
    const again = reshape(reshape(row, [4]), [1, 4]);
    expect(reuse({ y: add(mul(row, 2), again) })).toEqual({});
    expect(reuse({ y: add(row, 1), z: mul(expand(row, [3, 4]), 2) })).toEqual({});
  });

  it("gives nothing to products, nor inputs that are outputs", () => {
    const square = input("a", [2, 2]);
    expect(reuse({ y: matMul(square, square) })).toEqual({});
    expect(reuse({ same: w, y: add(w, 1) })).toEqual({});
  });
});
