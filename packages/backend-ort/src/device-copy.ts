// Copies tensors from a GPU to the host. onnxruntime-node has no download for GPU buffers: getData() ends the process.
import type { InferenceSession, Tensor as OnnxTensor } from "onnxruntime-common";
import type { OnnxModel } from "./onnx/messages.js";

/** The way from a GPU to the host. */
export interface DeviceCopy {
  /** A tensor of the GPU as one of the host. */
  read(tensor: OnnxTensor): Promise<OnnxTensor>;
  /** Holds on to the device: in a page it goes with the last session, and no other session can have it then. */
  holdDevice(): Promise<void>;
}

/** Reads GPU tensors by running the identity with its result on the host; one session per rank, made when needed. */
export function deviceCopy(open: (model: OnnxModel) => Promise<InferenceSession>): DeviceCopy {
  const sessions = new Map<number, Promise<InferenceSession>>();
  const sessionOf = (rank: number) => {
    const session = sessions.get(rank) ?? open(identity(rank));
    sessions.set(rank, session);
    return session;
  };
  return {
    async read(tensor) {
      const session = await sessionOf(tensor.dims.length);
      const { y } = await session.run({ x: tensor });
      return y!; // the one output
    },
    holdDevice: async () => void (await sessionOf(1)),
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
