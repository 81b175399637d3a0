import { expectClose, seededRandom } from "@wav2vec/testkit";
import { expect, it } from "vitest";
import { addInTypeScript, chooseAdd, compileAdd } from "./gradient-sum.js";

const random = seededRandom(6);
const drawn = (length: number) => Float32Array.from({ length }, () => random() - 0.5);

it.each([1, 3, 4, 4095, 4096, 4097, 10_007])("adds %i elements alike in both kernels", (length) => {
  const [start, more] = [drawn(length), drawn(length)];
  const [plain, fast] = [start.slice(), start.slice()];
  const squares = addInTypeScript(plain, more);
  const add = compileAdd();
  add(drawn(4096), drawn(4096)); // leaves its numbers in the blocks
  expect(add(fast, more)).toBeCloseTo(squares, 9);
  expect(fast).toEqual(plain);
  expect(plain[length - 1]).toBeCloseTo(start[length - 1]! + more[length - 1]!, 6);
  expect(squares / plain.reduce((sum, x) => sum + x * x, 0)).toBeCloseTo(1, 9);
});

it("adds memory of other types too", () => {
  const sum = Float64Array.of(1, 2) as unknown as Float32Array; // what a backend may hold
  expect(chooseAdd()(sum, Float32Array.of(2, 2))).toBe(25);
  expectClose(sum, Float32Array.of(3, 4), 0);
});
