import {
  add,
  cast,
  checkGradient,
  constant,
  cos,
  gradient,
  graph,
  input,
  iota,
  minimum,
  mul,
  reference,
  referenceTensor,
  type Value,
} from "@wav2vec/core";
import { openLocalFile, readSafetensors } from "@wav2vec/checkpoints";
import { expectClose, hasGoldens, openGolden, SHARED } from "@wav2vec/testkit";
import { describe, expect, it } from "vitest";
import { binaryCrossEntropy, crossEntropy } from "./cross-entropy.js";
import { cosines, marginLogits } from "./margin-softmax.js";
import { concordanceLoss, squaredError } from "./regression-losses.js";

/** Both sides are float64; the reference values below were rounded to 12 digits. */
const TOLERANCE = 1e-9;
const LOGITS = [0.3, -1.2, 2.1, 0.7, 0.1, -0.4, 1.5, -2.2, 0.6, 0.9, -0.8, 0.2];
const LABELS = [2, 0, -100, 3];

async function value(build: (x: Value, labels: Value) => Value): Promise<number> {
  const [x, labels] = [input("x", [4, 3]), input("labels", [4], "int32")];
  const g = graph({ y: build(x, labels) });
  const feeds = {
    x: referenceTensor(LOGITS, [4, 3]),
    labels: referenceTensor(
      LABELS.map((l) => Math.min(l, 2)),
      [4],
      "int32",
    ),
  };
  const used = Object.fromEntries(g.inputs.map(({ name }) => [name, feeds[name as keyof typeof feeds]]));
  const { y } = await (await reference.compile(g, new Map())).run(used);
  return y!.data[0]!;
}

/** The same loss in plain numbers. */
function plainCrossEntropy(smoothing: number): number[] {
  return [0, 1, 2, 3].flatMap((row) => {
    const [x, label] = [LOGITS.slice(row * 3, row * 3 + 3), Math.min(LABELS[row]!, 2)];
    if (label < 0) return [];
    const z = Math.log(x.reduce((sum, v) => sum + Math.exp(v), 0));
    const uniform = x.reduce((sum, v) => sum + (z - v), 0) / 3;
    return [(1 - smoothing) * (z - x[label]!) + smoothing * uniform];
  });
}
const sum = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0);

describe("crossEntropy", () => {
  it.each([0, 0.1])("skips rows without a label and smooths by %d", async (smoothing) => {
    const rows = plainCrossEntropy(smoothing);
    expectClose([await value((x, l) => crossEntropy(x, l, { smoothing }))], [sum(rows) / 3], TOLERANCE);
    expectClose(
      [await value((x, l) => crossEntropy(x, l, { smoothing, reduction: "sum" }))],
      [sum(rows)],
      TOLERANCE,
    );
  });
});

describe("binaryCrossEntropy", () => {
  it("is the mean of both log probabilities, without overflow", async () => {
    const target = 0.3;
    const plain = LOGITS.map(
      (x) => -target * Math.log(1 / (1 + Math.exp(-x))) - (1 - target) * Math.log(1 / (1 + Math.exp(x))),
    );
    expectClose(
      [await value((x) => binaryCrossEntropy(x, constant(target, [4, 3])))],
      [sum(plain) / 12],
      TOLERANCE,
    );
    expectClose(
      [await value((x) => binaryCrossEntropy(mul(x, 1e4), constant(1, [4, 3]), "sum"))],
      [1e4 * (1.2 + 0.4 + 2.2 + 0.8)],
      TOLERANCE,
    );
  });
});

describe("concordanceLoss", () => {
  it("is 0 for equal values, 2 for opposite ones, and counts a shift", async () => {
    const y = constant(0, [4, 3]);
    expect(await value((x) => concordanceLoss(x, x))).toBeCloseTo(0, 12);
    expect(await value((x) => squaredError(x, y))).toBeCloseTo(sum(LOGITS.map((v) => v * v)) / 12, 12);
    const column = (k: number) => LOGITS.filter((_, i) => i % 3 === k);
    const shifted = [0, 1, 2].map((k) => {
      const x = column(k);
      const mean = sum(x) / 4;
      const variance = sum(x.map((v) => (v - mean) ** 2)) / 4;
      return 1 - (2 * variance * 2) / (variance + 4 * variance + (mean - 2 * mean) ** 2);
    });
    expect(await value((x) => concordanceLoss(x, mul(x, 2)))).toBeCloseTo(sum(shifted) / 3, 12);
  });
});

describe("every loss", () => {
  const labels = minimum(iota([4], 0), 2); // 0 1 2 2
  const weight = cos(mul(cast(add(iota([3, 5], 0), mul(iota([3, 5], 1), 3)), "float32"), 1.7));
  const margin = (kind: "additive" | "angular") => (x: Value) =>
    marginLogits(cosines(x, weight), labels, { kind, scale: 3, margin: 0.2 });
  const cases: Record<string, (x: Value) => Value> = {
    crossEntropy: (x) => crossEntropy(x, labels, { smoothing: 0.1 }),
    binaryCrossEntropy: (x) => binaryCrossEntropy(x, constant(0.3, [4, 3])),
    "additive margin": margin("additive"),
    "angular margin": margin("angular"),
    squaredError: (x) => squaredError(x, mul(x, x)),
    concordanceLoss: (x) => concordanceLoss(x, mul(x, x)),
  };
  it.each(Object.entries(cases))("has the gradient that finite differences show: %s", async (_, build) => {
    const { worst, scale } = await checkGradient(
      ([x]) => build(x!),
      [{ shape: [4, 3], values: LOGITS }],
      {},
      1e-4,
    );
    expect(scale).toBeGreaterThan(0.01);
    expect(worst).toBeLessThan(1e-8);
  });
});

describe("marginLogits", () => {
  it("turns the own angle by the margin, and takes a constant off beyond pi - margin", async () => {
    const [x, labels] = [input("x", [2, 2]), input("labels", [2], "int32")];
    const y = marginLogits(x, labels, { kind: "angular", scale: 2, margin: 0.5 });
    const program = await reference.compile(graph({ y }), new Map());
    const feeds = {
      x: referenceTensor([0.3, 0.4, -0.1, -0.99], [2, 2]),
      labels: referenceTensor([0, 1], [2], "int32"),
    };
    const expected = [
      2 * Math.cos(Math.acos(0.3) + 0.5),
      0.8,
      -0.2,
      2 * (-0.99 - 0.5 * Math.sin(Math.PI - 0.5)),
    ];
    expectClose((await program.run(feeds)).y!.data, expected, 1e-12);
  });

  it.skipIf(!hasGoldens)("gives Hugging Face's AM-softmax loss and gradients", async () => {
    const golden = await openGolden("wav2vec2-xvector");
    const model = await readSafetensors(
      await openLocalFile(`${SHARED}/reference/models/wav2vec2-xvector/model.safetensors`),
    );
    const logits = await Promise.all(
      [0, 1, 2].map(async (clip) => [...(await golden.tensor(`clip${clip}.logits`)).data]),
    );
    const [x, weight, labels] = [
      input("x", [3, 24]),
      input("weight", [24, 6]),
      input("labels", [3], "int32"),
    ];
    const margins = { kind: "additive", scale: 30, margin: 0.4 } as const;
    const loss = crossEntropy(marginLogits(cosines(x, weight), labels, margins), labels);
    const [dx, dWeight] = gradient([{ value: loss, seed: constant(1) }], [x, weight]);
    const program = await reference.compile(graph({ loss, dx: dx!, dWeight: dWeight! }), new Map());
    const result = await program.run({
      x: referenceTensor(logits.flat(), [3, 24]),
      weight: referenceTensor(await model.tensors.get("objective.weight")!.read(), [24, 6]),
      labels: referenceTensor((await golden.tensor("labels")).data, [3], "int32"),
    });
    expectClose(result.loss!.data, (await golden.tensor("am_softmax.loss")).data, 1e-5);
    expectClose(result.dx!.data, (await golden.tensor("am_softmax.grad.input")).data, 1e-5);
    expectClose(result.dWeight!.data, (await golden.tensor("am_softmax.grad.weight")).data, 1e-5);
  });
});
