// What one row of the op table says, and the inputs that rows are written with.
import type { DType, Shape, Value } from "@wav2vec/core";

/** One input of a case: its shape and how its elements are drawn. */
export interface CaseInput {
  readonly shape: Shape;
  readonly dtype: DType;
  /** The element at flat index `i`; `random` gives numbers in [0, 1). */
  readonly element: (random: () => number, i: number) => number;
}

/**
 * A graph of one op or composite with inputs. The same row is run forward against the reference backend and, if
 * `differentiable`, its gradient against finite differences: its float inputs then stay away from kinks.
 */
export interface OpCase {
  readonly name: string;
  readonly inputs: Readonly<Record<string, CaseInput>>;
  readonly build: (inputs: Readonly<Record<string, Value>>) => Value;
  /** Values of the symbols, one entry for each run of the one compiled program. */
  readonly runs: readonly Readonly<Record<string, number>>[];
  readonly differentiable: boolean;
}

interface CaseSettings {
  readonly runs?: OpCase["runs"];
  /** Default: whether the result and an input are float32. */
  readonly differentiable?: boolean;
}

/** A row of the table. `build` gets one value per input, by name. */
export function opCase<K extends string>(
  name: string,
  inputs: Readonly<Record<K, CaseInput>>,
  build: (inputs: Readonly<Record<K, Value>>) => Value,
  { runs = [{}], differentiable = true }: CaseSettings = {},
): OpCase {
  const hasFloat = Object.values<CaseInput>(inputs).some(({ dtype }) => dtype === "float32");
  return { name, inputs, build, runs, differentiable: differentiable && hasFloat };
}

const float = (shape: Shape, element: CaseInput["element"]): CaseInput => ({
  shape,
  dtype: "float32",
  element,
});

/** Numbers in (-2, 2). */
export const spread = (shape: Shape) => float(shape, (random) => 4 * random() - 2);
/** Numbers in [0.5, 2.5): safe to divide by, to take roots and logarithms of. */
export const positive = (shape: Shape) => float(shape, (random) => 0.5 + 2 * random());
/** Numbers of both signs, at least 0.25 from zero. */
export const nonzero = (shape: Shape) =>
  float(shape, (random) => {
    const x = 4 * random() - 2;
    return x + Math.sign(x) * 0.25;
  });
/** Numbers at least 0.1 from each other and from whole numbers, in random order: no ties, no kinks of floor or max. */
export const distinct = (shape: Shape) =>
  float(shape, (random, i) => ((i * 7) % 31) - 15 + 0.3 + 0.2 * random() + Math.floor(i / 31) * 0.4);
/** The given numbers. */
export const exactly = (shape: Shape, values: readonly number[], dtype: DType = "float32"): CaseInput => ({
  shape,
  dtype,
  element: (_random, i) => values[i % values.length]!,
});
/** int32 from `from` to `to`, excluded. */
export const integers = (shape: Shape, from: number, to: number): CaseInput => ({
  shape,
  dtype: "int32",
  element: (random) => from + Math.floor(random() * (to - from)),
});
/** true and false. */
export const bools = (shape: Shape): CaseInput => ({
  shape,
  dtype: "bool",
  element: (random) => Number(random() < 0.5),
});
