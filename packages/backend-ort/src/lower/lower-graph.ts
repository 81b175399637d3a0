// A graph becomes an ONNX model: one walk in topological order over the two lowering tables.
import {
  formatDim,
  topologicalOrder,
  type AnyCompositeNode,
  type CompositeName,
  type Dim,
  type Graph,
  type Shape,
  type Value,
} from "@wav2vec/core";
import {
  nodesFor,
  tensorsReadBy,
  type OnnxInitializer,
  type OnnxModel,
  type OnnxValueInfo,
} from "../onnx/messages.js";
import { composites } from "./composites.js";
import { createEmitter, onnxType, type Emitter, type LengthsInput, type Target } from "./emitter.js";
import type { Call, Operand } from "./operand.js";
import { primitives } from "./primitives.js";
import { isGroup } from "./tile-groups.js";
import { planTiles, type TilePlan } from "./tile-plan.js";
import { lowerTiles, type LowerOp } from "./tile-scan.js";

/** A model and what the program must know to run it. */
export interface LoweredGraph {
  readonly model: OnnxModel;
  /** Tensor names in the model, by name in the graph. */
  readonly inputs: ReadonlyMap<string, string>;
  readonly outputs: ReadonlyMap<string, string>;
  /** Length vectors to feed. */
  readonly lengths: readonly LengthsInput[];
  /** Lengths that may not be 0. */
  readonly atLeastOne: readonly Dim[];
}

type AnyLowering = (inputs: readonly Operand[], call: Call<unknown>, emit: Emitter) => string;

/**
 * @param weights the initializer of each parameter, by parameter name
 */
export function lowerGraph(
  name: string,
  graph: Graph,
  weights: ReadonlyMap<string, OnnxInitializer>,
  target: Target,
): LoweredGraph {
  const names = new Map<Value, string>();
  const inputs = new Map(graph.inputs.map((input, i) => [input.name, `in${i}`]));
  const emit = createEmitter(target, weights.values(), (value) => names.get(value)!); // asked only for values that came before
  const values = Object.values(graph.outputs);
  const runsWhole = (composite: CompositeName) => keeps(composite, target);
  const inputsOf = (value: Value): readonly Value[] => {
    if (value.kind === "composite") return runsWhole(value.op) ? value.inputs : [value.body];
    return value.kind === "op" ? value.inputs : [];
  };
  const order = topologicalOrder(values, runsWhole);
  // Other devices have no cache that a tile would stay in.
  const whole: TilePlan = { units: order, isMadeAgain: () => false };
  const plan = target === "cpu" ? planTiles(order, values, inputsOf) : whole;
  plan.units.forEach((unit, i) => {
    if (!isGroup(unit)) return names.set(unit, lower(unit, names, inputs, weights, emit));
    const results = lowerTiles(unit, `tiles${i}`, inputsOf, plan.isMadeAgain, lowerOp, emit);
    for (const [value, result] of results) names.set(value, result);
  });
  const outputs = outputNames(graph, names, emit);
  const nodes = nodesFor(emit.nodes, [...outputs.values()]);
  const used = new Set(nodes.flatMap(tensorsReadBy));
  const lengths = emit.lengthInputs.filter((input) => used.has(input.name));
  const model = {
    name,
    nodes,
    initializers: [...weights.values(), ...emit.initializers].filter((initializer) =>
      used.has(initializer.name),
    ),
    inputs: [
      ...graph.inputs.map((input) => describe(inputs.get(input.name)!, input)),
      ...lengths.map((input) => ({ name: input.name, type: "int64" as const, dims: [input.shape.length] })),
    ],
    outputs: [...outputs].map(([output, tensor]) => describe(tensor, graph.outputs[output]!)),
  };
  // ONNX Runtime's Scan over nothing takes the process down.
  const atLeastOne = plan.units.flatMap((unit) => (isGroup(unit) ? [unit.batch] : []));
  return { model, inputs, outputs, lengths, atLeastOne };
}

/** Not every kernel for GPUs gives LayerNormalization's second and third result. */
const ROW_STATISTICS = ["standardize", "inverseDeviation"] as const;

/** Composites that run whole on every target but these. */
const DECOMPOSED: { readonly [T in Target]: readonly CompositeName[] } = {
  cpu: [],
  cuda: [...ROW_STATISTICS, "normalCdf"],
  // MultiHeadAttention of 1.30 is wrong on SwiftShader for 43 frames, though right for 29; a test holds the line.
  webgpu: ["attention", "normalCdf", ...ROW_STATISTICS],
};

const keeps = (name: CompositeName, target: Target) =>
  composites[name] !== "decompose" && !DECOMPOSED[target].includes(name);

function lower(
  value: Value,
  names: ReadonlyMap<Value, string>,
  inputs: ReadonlyMap<string, string>,
  weights: ReadonlyMap<string, OnnxInitializer>,
  emit: Emitter,
): string {
  if (value.kind === "input") return inputs.get(value.name)!; // listed in graph.inputs
  if (value.kind === "param") return weights.get(value.name)!.name; // one for each of graph.params
  if (ruleOf(value, emit.target) === "decompose") return names.get((value as AnyCompositeNode).body)!; // in topological order
  const operand = (x: Value): Operand => ({ name: names.get(x)!, shape: x.shape, dtype: x.dtype, value: x });
  return lowerOp(value, (value.inputs as readonly Value[]).map(operand), value, emit);
}

const lowerOp: LowerOp = (value, operands, call, emit) =>
  (ruleOf(value, emit.target) as AnyLowering)(operands, call, emit); // composites that are decomposed never come here

/** TS cannot pair a node with the rule of its name. */
function ruleOf(value: Parameters<LowerOp>[0], target: Target): AnyLowering | "decompose" {
  if (value.kind === "op") return primitives[value.op] as AnyLowering;
  return keeps(value.op, target) ? (composites[value.op] as AnyLowering) : "decompose";
}

/** Each output needs a tensor of its own that a node made. */
function outputNames(graph: Graph, names: ReadonlyMap<Value, string>, emit: Emitter): Map<string, string> {
  const taken = new Set<string>();
  const made = new Set(emit.nodes.flatMap((node) => node.outputs));
  return new Map(
    Object.entries(graph.outputs).map(([output, value]) => {
      const name = names.get(value)!;
      const own = made.has(name) && !taken.has(name) ? name : emit.node("Identity", [name]);
      taken.add(own);
      return [output, own];
    }),
  );
}

function describe(name: string, { shape, dtype }: { shape: Shape; dtype: Value["dtype"] }): OnnxValueInfo {
  return {
    name,
    type: onnxType(dtype),
    dims: shape.map((dim) => (typeof dim === "number" ? dim : formatDim(dim))),
  };
}
