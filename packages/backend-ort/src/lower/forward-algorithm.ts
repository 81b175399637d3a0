// The forward algorithm as ONNX's Scan: a body that ONNX Runtime runs once a frame.
import { addDims, subDims, UNREACHABLE, type Dim } from "@wav2vec/core";
import { ONNX_TYPES, type OnnxBody, type OnnxNode, type OnnxValueInfo } from "../onnx/messages.js";
import type { Emitter } from "./emitter.js";
import { padded, sliced, type Operand } from "./operand.js";

/** Emissions [batch, frames, states] and skips [batch, states]; see the word of core. */
export function forwardAlgorithm(
  [emissions, skips]: readonly [Operand, Operand],
  _: unknown,
  emit: Emitter,
): string {
  const [batch, frames, states] = emissions.shape as readonly [Dim, Dim, Dim]; // rank checked by core
  // ONNX Runtime's Scan over nothing takes the process down: there is one clip and one frame more.
  const rows = addDims(batch, 1);
  // Of the three ways into a state, from itself and the two before it, only the last costs something.
  const costs = wide(emit, padded(emit, emit.unsqueeze(skips.name, 1), [0, 2, 0], [1, 0, 0]));
  // Before the first state lie two that nothing is in.
  const lead = emit.node("Expand", [emit.fill(0, [], "float32"), emit.lengths([rows, 1])]);
  const start = padded(emit, lead, [0, 2], [0, subDims(states, 1)], UNREACHABLE);
  const scan = emit.node(
    "Scan",
    [wide(emit, start), wide(emit, padded(emit, emissions.name, [0, 0, 0], [1, 1, 0]))],
    {
      body: { body: body(costs, wayIndices(states, emit), emit) },
      num_scan_inputs: 1,
      scan_input_axes: [1],
      scan_output_axes: [1],
    },
    { outputs: 2 },
  );
  const results = sliced(emit, sliced(emit, `${scan}.1`, 1, 0, frames), 0, 0, batch);
  return typeOf(emit) === "float32" ? results : emit.node("Cast", [results], { to: ONNX_TYPES.float32 });
}

/** float64 where there is a choice; pages have none beside WebGPU. */
const typeOf = ({ target }: Emitter) => (target === "webgpu" ? "float32" : "float64");
const wide = (emit: Emitter, x: string) =>
  typeOf(emit) === "float32" ? x : emit.node("Cast", [x], { to: ONNX_TYPES.float64 });

/** For each of the ways into a state, int64 [3, states], where it comes from behind the two states in front. */
function wayIndices(states: Dim, emit: Emitter): string {
  const end = emit.node("Squeeze", [emit.lengths([states])]);
  const inOrder = emit.node("Range", [emit.fill(0, [], "int64"), end, emit.fill(1, [], "int64")]);
  const ways = emit.node("Unsqueeze", [emit.integers([2, 1, 0]), emit.integers([1])]);
  return emit.node("Add", [ways, inOrder]);
}

/** From the distribution over states [batch, 2 + states] and a frame's emissions to the next, and the frame's result. */
function body(costs: string, ways: string, emit: Emitter): OnnxBody {
  const nodes: OnnxNode[] = [];
  const add = (output: string, opType: string, inputs: string[], attributes: OnnxNode["attributes"] = {}) => {
    nodes.push({ opType, domain: "", inputs, outputs: [`${costs}.${output}`], attributes });
    return `${costs}.${output}`;
  };
  const [before, frame] = [`${costs}.before`, `${costs}.frame`];
  const second = emit.integers([1]);
  const logSum = (output: string, x: string, keepdims: 0 | 1) => {
    if (emit.target === "cpu") return add(output, "ReduceLogSumExp", [x, second], { keepdims });
    // That of other devices does not take the largest off first.
    const largest = add(`${output}.max`, "ReduceMax", [x, second], { keepdims: 1 });
    const low = add(`${output}.low`, "Sub", [x, largest]);
    const rest = add(`${output}.rest`, "ReduceLogSumExp", [low, second], { keepdims: 1 });
    const sum = add(`${output}.sum`, "Add", [largest, rest]);
    return keepdims ? sum : add(output, "Squeeze", [sum, second]);
  };
  const from = add("from", "Gather", [before, ways], { axis: 1 }); // [batch, 3, states]
  const arrived = logSum("arrived", add("costly", "Add", [from, costs]), 0);
  const result = add("result", "Add", [arrived, frame]);
  const next = add("next", "Sub", [result, logSum("total", result, 1)]);
  const unreachable = emit.fill(UNREACHABLE, [], typeOf(emit));
  const after = add("after", "Pad", [next, emit.integers([0, 2, 0, 0]), unreachable]);
  const info = (name: string, states: string): OnnxValueInfo => ({
    name,
    type: typeOf(emit),
    dims: [`${costs}.batch`, `${costs}.${states}`],
  });
  return {
    name: `${costs}.step`,
    nodes,
    inputs: [info(before, "led"), info(frame, "states")],
    outputs: [info(after, "led"), info(result, "states")],
  };
}
