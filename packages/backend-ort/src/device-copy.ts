// Copies tensors from a GPU to the host. onnxruntime-node has no download for GPU buffers: getData() ends the process.
import type { InferenceSession, Tensor as OnnxTensor } from "onnxruntime-common";
import type { OnnxModel } from "./onnx/messages.js";

/** Reads GPU tensors by running the identity with its result on the host; one session per rank, made when needed. */
export function deviceCopy(
  open: (model: OnnxModel) => Promise<InferenceSession>,
): (tensor: OnnxTensor) => Promise<OnnxTensor> {
  const sessions = new Map<number, Promise<InferenceSession>>();
  return async (tensor) => {
    const rank = tensor.dims.length;
    const session = sessions.get(rank) ?? open(identity(rank));
    sessions.set(rank, session);
    const { y } = await (await session).run({ x: tensor });
    return y!; // the one output
  };
}

function identity(rank: number): OnnxModel {
  const dims = Array.from({ length: rank }, (_, axis) => `d${axis}`);
  return {
    name: "identity",
    nodes: [{ opType: "Identity", domain: "", inputs: ["x"], outputs: ["y"], attributes: {} }],
    initializers: [],
    inputs: [{ name: "x", type: "float32", dims }],
    outputs: [{ name: "y", type: "float32", dims }],
  };
}
