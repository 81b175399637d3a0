// The part of the conformance suite that runs whole models: forward, padded and alone, and backward.
import { reference, type Backend, type Tensor } from "@wav2vec/core";
import { describe, expect, it } from "vitest";
import { expectClose, TOLERANCE } from "./close.js";
import { modelCases, runModelCase, type ModelCase, type ModelCaseResults } from "./model-case.js";

/** Declares the tests; `tolerance` is that of a single op. */
export function testModels<T extends Tensor>(backend: () => Backend<T>, tolerance: number): void {
  describe("models", () => {
    it.each(modelCases)("$name", async (row) => {
      const [actual, expected] = [await runModelCase(backend(), row), await expectedOf(row)];
      const allowed = Math.max(tolerance, TOLERANCE.model);
      expected.logits.forEach((logits, i) =>
        expectClose(actual.logits[i]!, logits, allowed, undefined, `logits ${i}`),
      );
      expectGradients(actual.gradients, expected.gradients, Math.max(4 * tolerance, TOLERANCE.gradient));
    });
  });
}

const results = new Map<string, Promise<ModelCaseResults>>();
/** What the reference backend gives; computed once for all backends of a process. */
function expectedOf(row: ModelCase): Promise<ModelCaseResults> {
  const known = results.get(row.name) ?? runModelCase(reference, row);
  results.set(row.name, known);
  return known;
}

/** The gradient of a key's bias is zero but for rounding, so small tensors are measured against the largest. */
function expectGradients(
  actual: ReadonlyMap<string, Float32Array>,
  expected: ReadonlyMap<string, Float32Array>,
  tolerance: number,
): void {
  expect([...actual.keys()].sort()).toEqual([...expected.keys()].sort());
  const floor = 1e-3 * Math.max(...[...expected.values()].map(largest));
  for (const [name, gradient] of expected) {
    const own = largest(gradient);
    expectClose(actual.get(name)!, gradient, tolerance * Math.max(1, floor / own), undefined, name); // keys are equal
  }
}

const largest = (values: Float32Array) => values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
