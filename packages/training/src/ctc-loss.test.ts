import { expectClose, hasGoldens, openGolden, seededRandom } from "@wav2vec/testkit";
import { describe, expect, it } from "vitest";
import { ctcLoss, type CtcBatch } from "./ctc-loss.js";

/** The goldens are float64 values stored as float32. */
const TOLERANCE = 1e-6;

describe.skipIf(!hasGoldens)("ctcLoss against torch", async () => {
  const golden = hasGoldens ? await openGolden("ctc-loss") : undefined;
  const { cases } = (golden?.json ?? { cases: [] }) as { cases: { name: string; blank: number }[] };

  it.each(cases)("$name", async ({ name, blank }) => {
    const read = async (key: string) => (await golden!.tensor(`${name}.${key}`)).data; // skipped without goldens
    const logits = await golden!.tensor(`${name}.logits`);
    const lengths = await read("target_lengths");
    const targets = await golden!.tensor(`${name}.targets`);
    const width = targets.shape[1]!;
    const batch: CtcBatch = {
      logits: logits.data,
      shape: logits.shape as [number, number, number],
      frameCounts: await read("frames"),
      targets: Array.from(lengths, (length, row) => targets.data.subarray(row * width, row * width + length)),
    };
    for (const reduction of ["sum", "mean"] as const) {
      const finite = ctcLoss(batch, { blank, reduction });
      const plain = ctcLoss(batch, { blank, reduction, zeroInfinity: false });
      expectClose([finite.loss], await read(`${reduction}.zero_infinity`), TOLERANCE);
      expectClose([plain.loss], await read(reduction), TOLERANCE);
      expectClose(plain.rows, await read("none"), TOLERANCE);
      expectClose(finite.gradient, await read(`grad.${reduction}`), TOLERANCE, logits.shape);
    }
  });
});

describe("ctcLoss", () => {
  const random = seededRandom(3);
  const logits = Float64Array.from({ length: 2 * 6 * 4 }, () => 3 * random() - 1.5);
  const batch: CtcBatch = { logits, shape: [2, 6, 4], frameCounts: [6, 5], targets: [[1, 1, 3], [2]] };

  it("sums over every path that spells the targets", () => {
    const p = (t: number, k: number) =>
      Math.exp(logits[t * 4 + k]!) / [0, 1, 2, 3].reduce((sum, j) => sum + Math.exp(logits[t * 4 + j]!), 0);
    let total = 0;
    for (let path = 0; path < 4 ** 6; path++) {
      const labels = Array.from({ length: 6 }, (_, t) => Math.floor(path / 4 ** t) % 4);
      const spelled = labels.filter((k, t) => k !== 0 && k !== labels[t - 1]);
      if (spelled.join() === "1,1,3") total += labels.reduce((product, k, t) => product * p(t, k), 1);
    }
    expect(ctcLoss(batch).rows[0]).toBeCloseTo(-Math.log(total), 12);
  });

  it("has the gradient that finite differences show, and none on padding", () => {
    const { gradient } = ctcLoss(batch);
    const numeric = logits.map((centre, i) => {
      const at = (x: number) => ctcLoss({ ...batch, logits: logits.with(i, x) }).loss;
      return (at(centre + 1e-5) - at(centre - 1e-5)) / 2e-5;
    });
    expectClose(gradient, numeric, 1e-6, [2, 6, 4]);
    expect(gradient.subarray(-4)).toEqual(new Float32Array(4));
  });

  it("gives NaN gradients for an impossible row unless zeroInfinity", () => {
    const impossible = { ...batch, frameCounts: [3, 5] };
    const { loss, gradient } = ctcLoss(impossible, { zeroInfinity: false });
    expect(loss).toBe(Infinity);
    expect(gradient.subarray(0, 12).every(Number.isNaN)).toBe(true);
    expect(ctcLoss(impossible).gradient.subarray(0, 24)).toEqual(new Float32Array(24));
  });

  it("names the row of a label that cannot be", () => {
    expect(() => ctcLoss({ ...batch, targets: [[1], [0]] })).toThrow(
      "ctc: row 1 has label 0, which is the blank",
    );
    expect(() => ctcLoss({ ...batch, targets: [[7], [2]] })).toThrow(
      "ctc: row 0 has label 7, and there are 4 classes",
    );
    expect(() => ctcLoss({ ...batch, frameCounts: [6, 7] })).toThrow(
      "ctc: row 1 has 7 frames; expected 0 to 6",
    );
    expect(() => ctcLoss({ ...batch, shape: [2, 6, 5] })).toThrow("ctcLoss: got 48 logits");
  });
});
