// Large results in memory that is used again: onnxruntime-node writes results where it is told, but then copies each into
// a new array all the same, and fresh pages are dear. Its copying begins after the run, in the order of the outputs, and
// fails at one that is no tensor. So the first output is a sequence, and that failure is what is expected; where a run
// ends in another way, results are copied as ever. https://github.com/microsoft/onnxruntime/pull/32346 will need none of this.
import { allocate, evaluateShape, sizeOf, type Bindings, type Graph, type TypedArray } from "@wav2vec/core";
import type { InferenceSession, OnnxValue, Tensor as OnnxTensor } from "onnxruntime-common";
import type { OnnxModel } from "./onnx/messages.js";
import type { OrtRuntime } from "./ort-runtime.js";
import { freeNow } from "./ort-tensor.js";

/** Smaller programs are left alone. */
const WORTH_IT = 2 ** 22; // bytes of results
/** Smaller results get new arrays. */
const WORTH_KEEPING = 2 ** 16; // bytes
const END = "results:end";
const NO_TENSOR = /non tensor type/i;
/** A NaN that no computation gives, where a run must write. */
const UNWRITTEN = 0x7fc0dead;

/** Whether a program has results large enough; those of unknown length, such as logits, do not count. */
export function hasLargeResults({ outputs }: Graph): boolean {
  const sizes = Object.values(outputs).map(({ shape }) => sizeOf(shape));
  const bytes = sizes.reduce<number>((sum, size) => sum + (typeof size === "number" ? 4 * size : 0), 0);
  return bytes >= WORTH_IT;
}

/** The model with an output in front that no tensor is. */
export function endingInSequence(model: OnnxModel): OnnxModel {
  const end = { opType: "SequenceEmpty", domain: "", inputs: [], outputs: [END], attributes: {} };
  const output = { name: END, type: "float32", dims: [], isSequence: true } as const;
  return { ...model, nodes: [...model.nodes, end], outputs: [output, ...model.outputs] };
}

/** A result by its name in the model, and what takes its memory back when its tensor ends. */
export interface OwnedResult {
  readonly onnx: OnnxTensor;
  readonly giveBack?: (memory: TypedArray) => void;
}

/** What a runtime has copied, which nobody takes back. */
export function copiedResults(results: InferenceSession.ReturnType): ReadonlyMap<string, OwnedResult> {
  return new Map(Object.entries(results).map(([name, onnx]) => [name, { onnx }]));
}

/** Runs of a session whose model is `endingInSequence`. */
export interface RunsInPlace {
  run(
    feeds: Readonly<Record<string, OnnxTensor>>,
    bindings: Bindings,
  ): Promise<ReadonlyMap<string, OwnedResult>>;
  dispose(): void;
}

/** @param names of the outputs in the model, by name in the graph */
export function runsInPlace(
  ort: OrtRuntime,
  session: InferenceSession,
  { outputs }: Graph,
  names: ReadonlyMap<string, string>,
): RunsInPlace {
  const spare = new Map<string, TypedArray>();
  let isCopied: boolean | undefined; // known after the first run
  let isDisposed = false;

  const take = (name: string, bindings: Bindings): [string, OwnedResult] => {
    const { shape, dtype } = outputs[name]!; // names are of outputs
    const own = evaluateShape(shape, bindings);
    const length = own.reduce((size, dim) => size * dim, 1);
    const kept = spare.get(name);
    spare.delete(name);
    const memory = kept?.length === length ? kept : allocate(dtype, length);
    const onnx = new ort.Tensor(dtype, memory, own);
    const giveBack = (given: TypedArray) => {
      if (isDisposed || spare.has(name)) freeNow(given);
      else spare.set(name, given);
    };
    return [names.get(name)!, { onnx, ...(memory.byteLength >= WORTH_KEEPING && { giveBack }) }];
  };
  const copied = async (feeds: Readonly<Record<string, OnnxTensor>>) =>
    copiedResults(await session.run(feeds, [...names.values()]));

  return {
    async run(feeds, bindings) {
      if (isCopied) return copied(feeds);
      const results = new Map(Object.keys(outputs).map((name) => take(name, bindings)));
      const mark = markUnwritten([...results.values()].map(({ onnx }) => onnx.data as TypedArray)); // programs have no strings
      const fetches = Object.fromEntries([[END, null], ...[...results].map(([name, { onnx }]) => [name, onnx])]) as Record<string, OnnxValue | null>; // prettier-ignore
      try {
        await session.run(feeds, fetches);
      } catch (error) {
        if (NO_TENSOR.test(String(error)) && mark.isWritten()) {
          isCopied = false;
          return results;
        }
        if (isCopied === false) throw error;
      }
      const again = await copied(feeds); // throws what was wrong, if anything was
      isCopied = true;
      return again;
    },
    dispose() {
      isDisposed = true;
      for (const memory of spare.values()) freeNow(memory);
      spare.clear();
    },
  };
}

/** Marks the smallest of float32 results; the runtime writes all or none. */
function markUnwritten(results: readonly TypedArray[]): { isWritten(): boolean } {
  const floats = results.filter((memory) => memory instanceof Float32Array && memory.length > 0);
  if (floats.length === 0) return { isWritten: () => false };
  const smallest = floats.reduce((least, memory) => (memory.length < least.length ? memory : least));
  const bits = new Uint32Array(smallest.buffer, smallest.byteOffset, 1);
  bits[0] = UNWRITTEN;
  return { isWritten: () => bits[0] !== UNWRITTEN };
}
