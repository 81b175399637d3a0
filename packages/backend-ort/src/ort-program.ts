// A compiled graph: feeds ONNX Runtime the inputs and the lengths that shapes need.
import {
  bindInputs,
  evaluateDim,
  evaluateShape,
  formatDim,
  ShapeError,
  type Graph,
  type Program,
} from "@wav2vec/core";
import type { InferenceSession, Tensor as OnnxTensor } from "onnxruntime-common";
import type { LoweredGraph } from "./lower/lower-graph.js";
import type { DeviceWatch } from "./page-device.js";
import { end, live, ortTensor, type OrtTensor } from "./ort-tensor.js";
import { copiedResults, type RunsInPlace } from "./results-in-place.js";
import type { OrtRuntime } from "./ort-runtime.js";

export function ortProgram(
  ort: OrtRuntime,
  session: InferenceSession,
  graph: Graph,
  lowered: LoweredGraph,
  device: DeviceWatch,
  inPlace?: RunsInPlace,
): Program<OrtTensor> {
  let disposed = false;
  return {
    async run(inputs, { donate = [] } = {}) {
      if (disposed) throw new ShapeError("run: the program was disposed; compile it again");
      const bindings = bindInputs(graph, inputs);
      for (const name of Object.keys(inputs)) live(`run: input "${name}"`, inputs[name]!);
      checkDonated(donate, inputs);
      for (const dim of lowered.atLeastOne)
        if (evaluateDim(dim, bindings) < 1)
          throw new ShapeError(`run: "${formatDim(dim)}" is 0; expected at least 1`);
      const feeds: Record<string, OnnxTensor> = {};
      for (const [name, tensor] of lowered.inputs) feeds[tensor] = inputs[name]!.onnx; // bindInputs has seen it
      for (const { name, shape } of lowered.lengths) {
        const lengths = BigInt64Array.from(evaluateShape(shape, bindings), BigInt);
        feeds[name] = new ort.Tensor("int64", lengths, [lengths.length]);
      }
      const results = inPlace
        ? await inPlace.run(feeds, bindings)
        : copiedResults(await device.guard(() => session.run(feeds)));
      for (const name of donate) end(inputs[name]!); // donated inputs are inputs
      return Object.fromEntries(
        [...lowered.outputs].map(([name, tensor]) => {
          const { onnx, giveBack } = results.get(tensor)!; // all outputs are fetched
          return [name, ortTensor(onnx, giveBack)];
        }),
      );
    },
    dispose() {
      if (disposed) throw new ShapeError("dispose: the program was disposed before");
      disposed = true;
      inPlace?.dispose();
      if (!device.isLost) void session.release();
    },
  };
}

/** @throws ShapeError if a donated name is no input, or its tensor is another input as well */
function checkDonated(donate: readonly string[], inputs: Readonly<Record<string, OrtTensor>>): void {
  const seen = new Set<OrtTensor>();
  const twice = new Set<OrtTensor>();
  for (const tensor of Object.values(inputs)) (seen.has(tensor) ? twice : seen).add(tensor);
  for (const name of donate) {
    if (!(name in inputs)) throw new ShapeError(`run: donated "${name}" is no input of this program`);
    if (twice.has(inputs[name]!))
      throw new ShapeError(`run: donated "${name}" is given under two names; donate a tensor of its own`);
  }
}
