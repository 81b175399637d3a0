// Runs a row on a backend and on the reference backend.
import { reference, type Backend, type Tensor } from "@wav2vec/core";
import { expectClose } from "../../testkit/src/close.js";
import type { OpCase } from "../../testkit/src/op-case.js";
import { runCase } from "../../testkit/src/run-case.js";

/** @throws Error that names the worst element if the results differ by more than `tolerance` of their scale */
export async function expectAgreement<T extends Tensor>(
  backend: Backend<T>,
  row: OpCase,
  tolerance: number,
): Promise<void> {
  const expected = await runCase(reference, row, true);
  const actual = await runCase(backend, row);
  expected.forEach(({ data, shape }, run) =>
    expectClose(actual[run]!.data, data, tolerance, shape, row.name),
  );
}
