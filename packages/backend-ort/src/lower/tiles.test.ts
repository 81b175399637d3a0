import {
  clipsInput,
  constant,
  encode,
  gradient,
  graph,
  input,
  mul,
  parseConfig,
  reference,
  reshape,
  simplify,
  sum,
  symbol,
  topologicalOrder,
  weightFromArray,
  type Graph,
  type Value,
} from "@wav2vec/core";
import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { ortBackend } from "../ort-backend.js";
import { isGroup } from "./tile-groups.js";
import { planTiles } from "./tile-plan.js";

const ROUNDING = 2e-5; // float32 beside float64, of the largest element
const drawn = (length: number, seed: number) =>
  Float32Array.from({ length }, (_, i) => 0.1 * Math.sin(12.9898 * (i + 1) ** 1.5 + seed));
const sizeOf = (shape: readonly number[]) => shape.reduce((n, dim) => n * dim, 1);

/** Loss and gradients of a feature encoder just wide enough to be cut into tiles. */
function training(norm: "group" | "layer", hasBias: boolean): Graph {
  const config = parseConfig({ hidden_size: 8, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 8, conv_dim: [256, 256, 128, 64, 64], conv_kernel: [10, 3, 3, 2, 3], conv_stride: [5, 2, 2, 2, 2], conv_bias: hasBias, feat_extract_norm: norm, num_conv_pos_embeddings: 4, num_conv_pos_embedding_groups: 2 }); // prettier-ignore
  const samples = input("samples", [symbol("batch"), symbol("samples")]);
  const lengths = input("lengths", [symbol("batch")], "int32");
  const { stages } = encode(samples, config, { lengths, convolutions: "products" });
  const frames = stages.conv.at(-1)!; // there are layers
  const loss = reshape(sum(mul(frames, frames), [0, 1, 2]), []);
  const { params } = graph({ loss });
  const found = gradient([{ value: loss, seed: constant(1) }], params);
  return simplify(graph({ loss, ...Object.fromEntries(params.map(({ name }, i) => [name, found[i]!])) }));
}

describe.each([
  ["group", false],
  ["layer", true],
] as const)("tiles of a feature encoder with %s norm", (norm, hasBias) => {
  const step = training(norm, hasBias);
  const weights = new Map(
    step.params.map(({ name, shape }, i) => [name, weightFromArray(drawn(sizeOf(shape), i), shape)]),
  );

  it.each([
    ["a clip", [331]],
    ["clips of three lengths", [250, 173, 90]],
    ["clips of a hop less", [239, 240]],
  ])("give loss and gradients of the whole: %s", async (_name, lengths) => {
    const inputs = async <T>(upload: (data: Float32Array | Int32Array, shape: readonly number[]) => T) => ({
      samples: upload(drawn(lengths.length * Math.max(...lengths), 7), [
        lengths.length,
        Math.max(...lengths),
      ]),
      ...(norm === "group" && { lengths: upload(Int32Array.from(lengths), [lengths.length]) }), // statistics over time
    });
    const exact = await reference.compile(step, weights);
    const expected = await exact.run(await inputs(reference.upload));
    const backend = ortBackend({ ort, threads: 1 });
    const program = await backend.compile(step, weights);
    const results = await program.run(await inputs(backend.upload));
    for (const [name, tensor] of Object.entries(expected)) {
      const [a, b] = [await reference.download(tensor), await backend.download(results[name]!)].map((data) => Array.from(data)) as [number[], number[]]; // prettier-ignore
      const largest = a.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      expect(largest, name).toBeGreaterThan(0);
      const gap = a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);
      expect(gap / largest, name).toBeLessThan(ROUNDING);
    }
    program.dispose();
  });

  it("hold both passes of every layer but the narrow ones", () => {
    const groups = plan(step).units.filter(isGroup);
    expect(groups.length).toBeGreaterThanOrEqual(norm === "group" ? 5 : 4);
    const products = groups.flatMap(({ members }) => [...members.keys()]).filter((value) => isProduct(value));
    expect(products.length).toBeGreaterThanOrEqual(10);
    expect(groups.map(({ count }) => count)).toContain(4);
  });

  it("run after all that they read", () => {
    const { units, isMadeAgain } = plan(step);
    const there = new Set<Value>();
    for (const unit of units) {
      if (!isGroup(unit)) {
        for (const x of inputsOf(unit)) expect(there.has(x)).toBe(true);
        there.add(unit);
        continue;
      }
      for (const value of unit.results) there.add(value);
      expect([...unit.results].filter((value) => isMadeAgain(value) && !isOutput(value))).toEqual([]);
    }
    for (const value of Object.values(step.outputs)) expect(there.has(value)).toBe(true);
  });

  const isOutput = (value: Value) => Object.values(step.outputs).includes(value);
});

describe("a program with tiles", () => {
  it("refuses a batch without clips, over which ONNX Runtime would crash", async () => {
    const step = training("group", false);
    const weights = step.params.map(({ name, shape }) => [name, weightFromArray(new Float32Array(sizeOf(shape)), shape)] as const); // prettier-ignore
    const backend = ortBackend({ ort, threads: 1 });
    const program = await backend.compile(step, new Map(weights));
    const none = {
      samples: backend.upload(new Float32Array(0), [0, 400]),
      lengths: backend.upload(new Int32Array(0), [0]),
    };
    await expect(program.run(none)).rejects.toThrow('run: "batch" is 0; expected at least 1');
    program.dispose();
  });

  it("is made for training alone: nothing of an encoder's inference is cut", () => {
    const config = parseConfig({});
    const whole = graph({ last: encode(clipsInput(config), config).last });
    expect(plan(whole).units.filter(isGroup)).toEqual([]);
  });
});

const inputsOf = (value: Value): readonly Value[] =>
  "inputs" in value ? (value.inputs as readonly Value[]) : [];
const plan = ({ outputs }: Graph) =>
  planTiles(
    topologicalOrder(Object.values(outputs), () => true),
    Object.values(outputs),
    inputsOf,
  );
const isProduct = (value: Value) => "op" in value && (value.op === "linear" || value.op === "matMul");
