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
  compileMove().move(fast, NUMBERS);
  plain.forEach((array, i) => expectClose(fast[i]!, array, 1e-6));
  expect(fast[1]).toEqual(start[1]);
  expect(fast[0]).not.toEqual(start[0]);
});

it("moves memory of other types too", () => {
  const start = drawn(5);
  const wide = start.map((array) => Float64Array.from(array)) as unknown as AdamArrays; // what a backend may hold
  const expected = copied(start);
  moveInTypeScript(expected, NUMBERS);
  chooseMove([]).move(wide, NUMBERS);
  wide.forEach((array, i) => expectClose(array as ArrayLike<number>, expected[i]!, 1e-6));
});

it("moves arrays in its own memory to the same bits, and leaves those beside them", () => {
  const lengths = [4097, 3, 10_001];
  const { take, move } = compileMove(lengths.flatMap((length) => [length, length, length]));
  const cases = lengths.map((length) => {
    const start = drawn(length);
    const here = start.map((array, i) => {
      if (i === 1) return array.slice(); // gradients come from elsewhere
      const own = take!(length); // it was given lengths
      own.set(array);
      return own;
    }) as unknown as AdamArrays<Float32Array>; // as many
    return { expected: copied(start), here };
  });
  for (const { expected, here } of cases) {
    compileMove().move(expected, NUMBERS);
    move(here, NUMBERS);
  }
  for (const { expected, here } of cases) expect(here).toEqual(expected);
});

it("does without memory of its own where there cannot be so much", () => {
  const huge = [2 ** 31];
  expect(() => compileMove(huge)).toThrow(RangeError);
  const kernel = chooseMove(huge);
  expect(kernel.take).toBeUndefined();
  const start = drawn(9);
  const [plain, fast] = [copied(start), copied(start)];
  moveInTypeScript(plain, NUMBERS);
  kernel.move(fast, NUMBERS);
  plain.forEach((array, i) => expectClose(fast[i]!, array, 1e-6));
});
