// Composites that ONNX Runtime runs whole. The table is total: "decompose" is written out.
import {
  sizeOf,
  type CompositeAttrs,
  type CompositeName,
  type Dim,
  type PerCompositeInput,
} from "@wav2vec/core";
import type { Emitter } from "./emitter.js";
import { reshaped, type Call, type Operand } from "./operand.js";
import { pointwise } from "./pointwise.js";

type CompositeLowering<N extends CompositeName> = (
  inputs: PerCompositeInput<N, Operand>,
  call: Call<CompositeAttrs<N>>,
  emit: Emitter,
) => string;

export const composites: {
  readonly [N in CompositeName]: CompositeLowering<N> | "decompose";
} = {
  linear: (inputs, call, emit) => linear(inputs, call, emit),
  layerNorm: ([x, gain, bias], { attrs: { eps } }, emit) =>
    emit.node("LayerNormalization", [x.name, gain.name, bias.name], { axis: -1, epsilon: { float: eps } }),
  standardize: ([x], { attrs: { eps } }, emit) => standardized(x, eps, emit),
  inverseDeviation: ([x], { attrs: { eps } }, emit) => `${standardized(x, eps, emit)}.2`,
  groupNorm: ([x, gain, bias], { attrs: { groups, eps }, shape }, emit) => {
    const [batch, channels, time] = shape as readonly [Dim, number, Dim]; // checked by the decomposition
    const epsilon = { epsilon: { float: eps } };
    if (groups === channels)
      return emit.node("InstanceNormalization", [x.name, gain.name, bias.name], epsilon);
    const grouped = emit.node("Reshape", [x.name, emit.integers([0, groups, -1])]);
    const plain = [emit.fill(1, [groups], "float32"), emit.fill(0, [groups], "float32")];
    const normal = emit.node("InstanceNormalization", [grouped, ...plain], epsilon);
    const spread = reshaped(emit, normal, [batch], [batch, channels, time]);
    const scaled = emit.node("Mul", [spread, reshaped(emit, gain.name, [], [channels, 1])]);
    return emit.node("Add", [scaled, reshaped(emit, bias.name, [], [channels, 1])]);
  },
  gelu: ([x], _, emit) => pointwise(emit, "Gelu", x),
  normalCdf: ([x], _, emit) => {
    const root = emit.node("Mul", [x.name, emit.fill(Math.SQRT1_2, [], "float32")]);
    // Half of it and a half, in one pass; its limits of 0 and 1 are those of the result.
    return emit.node("HardSigmoid", [emit.node("Erf", [root])], {
      alpha: { float: 0.5 },
      beta: { float: 0.5 },
    });
  },
  relu: ([x], _, emit) => pointwise(emit, "Relu", x),
  sigmoid: ([x], _, emit) => pointwise(emit, "Sigmoid", x),
  softmax: ([x], _, emit) => emit.node("Softmax", [x.name], { axis: -1 }),
  logSoftmax: ([x], _, emit) => emit.node("LogSoftmax", [x.name], { axis: -1 }),
  scaleGradient: "decompose", // the identity
  straightThrough: "decompose", // its first input
  attention: (inputs, call, emit) => attention(inputs, call, emit),
};

const MICROSOFT = { domain: "com.microsoft" } as const;

/** One node for both: LayerNormalization gives the mean and the inverse deviation of each row as well. */
function standardized(x: Operand, eps: number, emit: Emitter): string {
  const width = x.shape.slice(-1);
  const vector = (value: number) =>
    emit.node("Expand", [emit.fill(value, [1], "float32"), emit.lengths(width)]); // a constant where the width is known
  return emit.shared(`standardize ${x.name} ${eps}`, () =>
    emit.node(
      "LayerNormalization",
      [x.name, vector(1), vector(0)],
      { axis: -1, epsilon: { float: eps } },
      { outputs: 3 },
    ),
  );
}

function linear(
  [x, weight, bias]: PerCompositeInput<"linear", Operand>,
  { shape }: Call<unknown>,
  emit: Emitter,
): string {
  if (emit.target === "cpu" && x.shape.length > 1) {
    const product = emit.node("FusedMatMul", [x.name, weight.name], { transB: 1 }, MICROSOFT);
    return bias ? emit.addBias(product, bias.name) : product;
  }
  const rows = sizeOf(shape.slice(0, -1));
  const flat = x.shape.length === 2 ? x.name : reshaped(emit, x.name, x.shape, [rows, x.shape.at(-1)!]);
  const y = emit.node("Gemm", bias ? [flat, weight.name, bias.name] : [flat, weight.name], { transB: 1 });
  return x.shape.length === 2 ? y : reshaped(emit, y, [rows, shape.at(-1)!], shape);
}

function attention(
  [query, key, value, bias]: PerCompositeInput<"attention", Operand>,
  { attrs: { heads }, shape }: Call<CompositeAttrs<"attention">>,
  emit: Emitter,
): string {
  const operands = [query, key, value];
  const sums = operands.map(({ name }) => emit.biasOf(name));
  const biases = sums.every((sum) => sum !== undefined) ? sums.map((sum) => sum.bias) : [];
  const inputs = biases.length > 0 ? sums.map((sum) => sum!.product) : operands.map(({ name }) => name); // every sum is there
  if (biases.length > 0) inputs.push(emit.node("Concat", biases, { axis: 0 }));
  if (bias) inputs.push(...new Array<string>(5 - inputs.length).fill(""), scoreBias(bias, shape, key, emit));
  return emit.node("MultiHeadAttention", inputs, { num_heads: heads }, MICROSOFT);
}

/** MultiHeadAttention broadcasts its bias over clips and heads only. */
function scoreBias(bias: Operand, shape: Call<unknown>["shape"], key: Operand, emit: Emitter): string {
  const lead = new Array<number>(4 - bias.shape.length).fill(1);
  const [batch, heads] = [...lead, ...bias.shape];
  const wanted = [batch!, heads!, shape[1]!, key.shape[1]!];
  return emit.node("Expand", [bias.name, emit.lengths(wanted)]);
}
