import { checkGradient } from "@wav2vec/core";
import { drawInputs, opCases, type OpCase } from "@wav2vec/testkit";
import { describe, expect, it } from "vitest";

/** Differences of fourth order are themselves wrong by about 1e-11. */
const TOLERANCE = 1e-8;

describe("every differentiable row of the op table has the gradient that finite differences show", () => {
  // Composites whose gradient is meant to differ from that of their value are left out, and rows that are about size:
  // every number takes four runs.
  const rows = opCases.filter(
    (row) => row.differentiable && !/scaleGradient|straightThrough/.test(row.name) && numbersIn(row) <= 2000,
  );
  it.each(rows)("$name", async (row) => {
    const drawn = drawInputs(row, row.runs[0]!);
    const names = Object.keys(row.inputs);
    const point = names.map((name) => {
      const { shape: declared, dtype } = row.inputs[name]!;
      return { values: drawn[name]!.data, shape: drawn[name]!.shape, declared, dtype };
    });
    const { worst } = await checkGradient(
      (inputs) => row.build(Object.fromEntries(names.map((name, i) => [name, inputs[i]!]))),
      point,
    );
    expect(worst).toBeLessThan(TOLERANCE);
  });
});

function numbersIn(row: OpCase): number {
  return Object.values(drawInputs(row, row.runs[0]!)).reduce((sum, { data }) => sum + data.length, 0);
}
