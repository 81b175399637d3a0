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
  // The three ways into a state lie on a first axis of their own; only the last of them costs something.
  const costs = wide(emit, padded(emit, emit.unsqueeze(skips.name, 0), [2, 0, 0], [0, 1, 0]));
  const zeros = emit.node("Expand", [emit.fill(0, [], "float32"), emit.lengths([1, rows, 1])]);
  const start = padded(emit, zeros, [0, 0, 0], [0, 0, subDims(states, 1)], UNREACHABLE);
  const scan = emit.node(
    "Scan",
    [wide(emit, start), wide(emit, padded(emit, emissions.name, [0, 0, 0], [1, 1, 0]))],
    {
      body: { body: body(costs, emit) },
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

/** From the distribution over states [1, batch, states] and a frame's emissions to the next, and the frame's result. */
function body(costs: string, emit: Emitter): OnnxBody {
  const nodes: OnnxNode[] = [];
  const add = (output: string, opType: string, inputs: string[], attributes: OnnxNode["attributes"] = {}) => {
    nodes.push({ opType, domain: "", inputs, outputs: [`${costs}.${output}`], attributes });
    return `${costs}.${output}`;
  };
  const [before, frame] = [`${costs}.before`, `${costs}.frame`];
  const column = emit.integers([2]);
  const widths = emit.integers([0, 0, 2, 0, 0, 0]);
  const shifted = add("shifted", "Pad", [before, widths, emit.fill(UNREACHABLE, [], typeOf(emit))]);
  const from = (output: string, start: number, end: number) =>
    add(output, "Slice", [shifted, emit.integers([start]), emit.integers([end]), column]);
  const ways = add("ways", "Concat", [before, from("one", 1, -1), from("two", 0, -2)], { axis: 0 });
  const costly = add("costly", "Add", [ways, costs]);
  const logSum = (output: string, x: string, axis: string) => {
    if (emit.target === "cpu") return add(output, "ReduceLogSumExp", [x, axis], { keepdims: 1 });
    // That of other devices does not take the largest off first.
    const largest = add(`${output}.max`, "ReduceMax", [x, axis], { keepdims: 1 });
    const low = add(`${output}.low`, "Sub", [x, largest]);
    const rest = add(`${output}.rest`, "ReduceLogSumExp", [low, axis], { keepdims: 1 });
    return add(output, "Add", [largest, rest]);
  };
  const arrived = logSum("arrived", costly, emit.integers([0]));
  const joint = add("joint", "Add", [arrived, frame]);
  const total = logSum("total", joint, column);
  const after = add("after", "Sub", [joint, total]);
  const result = add("result", "Squeeze", [joint, emit.integers([0])]);
  const info = (name: string, lead: readonly number[]): OnnxValueInfo => ({
    name,
    type: typeOf(emit),
    dims: [...lead, `${costs}.batch`, `${costs}.states`],
  });
  return {
    name: `${costs}.step`,
    nodes,
    inputs: [info(before, [1]), info(frame, [])],
    outputs: [info(after, [1]), info(result, [])],
  };
}
