import { expectClose, seededRandom } from "@wav2vec/testkit";
import { expect, it } from "vitest";
import { chooseMove, compileMove, moveInTypeScript, type AdamArrays } from "./adam-kernels.js";

const random = seededRandom(5);
const drawn = (length: number): AdamArrays<Float32Array> => {
  const some = (scale: number) => Float32Array.from({ length }, () => scale * (random() - 0.5));
  return [some(2), some(0.1), some(0.01), some(0.001).map(Math.abs)];
};
const copied = (arrays: AdamArrays<Float32Array>) =>
  arrays.map((array) => array.slice()) as unknown as AdamArrays<Float32Array>; // as many
const NUMBERS = [0.7, 0.1, 0.02, 0.003, 1e-8, 0.9999] as const;

it.each([1, 3, 4, 4095, 4096, 4097, 10_007])("moves %i elements alike in both kernels", (length) => {
  const start = drawn(length);
  const [plain, fast] = [copied(start), copied(start)];
  moveInTypeScript(plain, NUMBERS);
  compileMove()(fast, NUMBERS);
  plain.forEach((array, i) => expectClose(fast[i]!, array, 1e-6));
  expect(fast[1]).toEqual(start[1]);
  expect(fast[0]).not.toEqual(start[0]);
});

it("moves memory of other types too", () => {
  const start = drawn(5);
  const wide = start.map((array) => Float64Array.from(array)) as unknown as AdamArrays; // what a backend may hold
  const expected = copied(start);
  moveInTypeScript(expected, NUMBERS);
  chooseMove()(wide, NUMBERS);
  wide.forEach((array, i) => expectClose(array as ArrayLike<number>, expected[i]!, 1e-6));
});
