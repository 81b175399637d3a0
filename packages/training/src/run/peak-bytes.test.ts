import { add, graph, input, matMul, neg, reshape, symbol, transpose } from "@wav2vec/core";
import { describe, expect, it } from "vitest";
import { peakBytes } from "./peak-bytes.js";

const n = symbol("n");
const at = (size: number) => new Map([["n", size]]);

describe("peak memory of a program", () => {
  it("frees a value after its last reader, in a chain of any length", () => {
    let x = neg(input("x", [n, 10]));
    for (let i = 0; i < 5; i++) x = neg(x);
    expect(peakBytes(graph({ x }), at(7))).toBe(2 * 7 * 10 * 4);
  });

  it("keeps what a later op reads, and outputs to the end", () => {
    const a = neg(input("x", [n])); // kept for the sum
    const b = neg(neg(neg(a)));
    expect(peakBytes(graph({ sum: add(a, b) }), at(100))).toBe(3 * 400);
    expect(peakBytes(graph({ a, b, sum: add(a, b) }), at(100))).toBe(3 * 400);
    expect(peakBytes(graph({ a, last: neg(neg(neg(neg(a)))) }), at(100))).toBe(3 * 400);
  });

  it("counts reshapes as none, which keep what they are of, and products by their own size", () => {
    const a = neg(input("x", [n, 6]));
    const flat = reshape(a, [6, n]);
    expect(peakBytes(graph({ flat }), at(5))).toBe(120);
    const product = matMul(transpose(a, [1, 0]), a); // [6, 6]
    expect(peakBytes(graph({ product }), at(5))).toBe(120 + 120 + 144);
  });
});
