// The conformance suite: everything a backend must do, as vitest tests.
import { reference, type Backend, type Tensor } from "@wav2vec/core";
import { afterAll, describe, expect, it } from "vitest";
import { expectClose, TOLERANCE } from "./close.js";
import { caseGraph, runCase } from "./run-case.js";
import { opCases } from "./op-cases/index.js";
import type { OpCase } from "./op-case.js";
import { memoryRules, testMemory, type HeldMemory } from "./test-memory.js";
import { testModels } from "./test-models.js";
import { testTensorRules } from "./test-tensor-rules.js";

export interface BackendTestOptions {
  /** Largest relative error of a float32 result; default the one for sums on a CPU. GPUs use coarser functions. */
  readonly tolerance?: number;
  /** Rows and rules of memory that this backend gets wrong, by name, with the reason. One that passes after all fails. */
  readonly wrong?: Readonly<Record<string, string>>;
  /** Rows that are not run, by name, with the reason: they end the process, or their standard leaves the result open. */
  readonly skipped?: Readonly<Record<string, string>>;
  /** How to see what the backend holds; with it, leaks are looked for. */
  readonly memory?: HeldMemory;
}

/**
 * Declares the conformance suite of a backend.
 *
 * @param make called once, before the first test
 * @example testBackend("mine", () => myBackend());
 */
export function testBackend<T extends Tensor>(
  name: string,
  make: () => Backend<T>,
  { tolerance = TOLERANCE.sums, wrong = {}, skipped = {}, memory }: BackendTestOptions = {},
): void {
  const known = new Set<string>([...opCases.map((row) => row.name), ...memoryRules]);
  const unknown = Object.keys({ ...wrong, ...skipped }).filter((row) => !known.has(row));
  if (unknown.length > 0)
    throw new Error(
      `testBackend: "wrong" or "skipped" names ${unknown.join(", ")}; expected names of rows or rules of memory`,
    );
  describe(name, { timeout: 300_000 }, () => {
    let made: Backend<T> | undefined;
    const backend = () => (made ??= make());
    afterAll(() => {
      made = undefined;
    });

    describe("computes", () => {
      for (const row of opCases) {
        if (skipped[row.name] !== undefined) {
          it.skip(`${row.name}: ${skipped[row.name]}`, () => undefined);
          continue;
        }
        const why = wrong[row.name];
        if (why !== undefined) {
          it.fails(`${row.name}: ${why}`, () => agrees(backend(), row, false, tolerance));
          continue;
        }
        it(row.name, () => agrees(backend(), row, false, tolerance));
        if (caseGraph(row).outputs["y"]!.kind === "composite") {
          it(`${row.name}, decomposed`, () => agrees(backend(), row, true, tolerance));
        }
      }
    });
    testModels(backend, tolerance);
    testTensorRules(backend);
    if (memory) testMemory(backend, memory, wrong);
  });
}

async function agrees<T extends Tensor>(
  backend: Backend<T>,
  row: OpCase,
  decomposed: boolean,
  tolerance: number,
): Promise<void> {
  const actual = await runCase(backend, row, decomposed);
  const expected = await runCase(reference, row, true);
  expect(actual).toHaveLength(expected.length);
  expected.forEach(({ data, shape }, run) => {
    const got = actual[run]!; // the lengths are equal
    expect(got.shape).toEqual(shape);
    expect(got.data.constructor).toBe(data.constructor);
    const allowed = data instanceof Float32Array ? tolerance : 0;
    expectClose(got.data, data, allowed, shape, `${row.name}, run ${run}`);
  });
}
