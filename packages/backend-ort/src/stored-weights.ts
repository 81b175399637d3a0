// Where ONNX Runtime finds each weight: mapped from the checkpoint file as it lies, or handed over as bytes.
import type { Param, WeightHandle, Weights } from "@wav2vec/core";
import type { OnnxInitializer } from "./onnx/messages.js";

export interface StoredWeights {
  readonly initializers: ReadonlyMap<string, OnnxInitializer>;
  /** The folder of the mapped files. */
  readonly folder: string | undefined;
  /** Weights as bytes, for the session option `externalData`. */
  readonly externalData: readonly { readonly path: string; readonly data: Uint8Array }[];
}

/** A model with more bytes than this inside comes too close to protobuf's limit of 2 GB. */
const INLINE_LIMIT = 2 ** 29;
/** Smaller weights are inside the model in any case. */
const INLINE_BYTES = 1024;

/**
 * Decides for every parameter. Float32 weights that lie in a file are mapped from there, if all mapped files share
 * a folder; the rest (other dtypes, derived weights) is read and goes into the model. ONNX Runtime refuses mapped
 * files beside `externalData`, so when the rest is large everything is read and handed over as `externalData`.
 *
 * @param tensorName the name in the model of a parameter
 * @param canMap whether this runtime can open files
 */
export async function storedWeights(
  params: readonly Param[],
  weights: Weights,
  tensorName: (param: string) => string,
  canMap: boolean,
): Promise<StoredWeights> {
  const stored = params.map((param) => ({ param, handle: weights.get(param.name)! })); // checkWeights has run
  const folder = canMap ? commonFolder(stored.map(({ handle }) => handle)) : undefined;
  const isMapped = (handle: WeightHandle) => folder !== undefined && mappableFolder(handle) === folder;
  const rest = stored.filter(({ handle }) => !isMapped(handle));
  const restBytes = rest.reduce((sum, { param }) => sum + 4 * param.shape.reduce((n, dim) => n * dim, 1), 0);
  const maps = folder !== undefined && restBytes <= INLINE_LIMIT;

  const initializers = new Map<string, OnnxInitializer>();
  const externalData: { path: string; data: Uint8Array }[] = [];
  for (const { param, handle } of stored) {
    const name = tensorName(param.name);
    const add = (data: OnnxInitializer["data"]) =>
      initializers.set(param.name, { name, type: "float32", dims: param.shape, data });
    if (maps && isMapped(handle)) {
      const { path, offset, length } = handle.location!; // mappable
      add({ file: split(path).file, offset, length });
      continue;
    }
    const values = await handle.read();
    const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    if (maps || data.length <= INLINE_BYTES) add(data);
    else {
      externalData.push({ path: name, data });
      add({ file: name, offset: 0, length: data.length });
    }
  }
  return { initializers, folder: maps ? folder : undefined, externalData };
}

function commonFolder(handles: readonly WeightHandle[]): string | undefined {
  return handles.map(mappableFolder).find((folder) => folder !== undefined);
}

function mappableFolder({ dtype, location }: WeightHandle): string | undefined {
  if (dtype !== "float32" || !location || location.length === 0) return undefined;
  return split(location.path).folder;
}

function split(path: string): { folder: string; file: string } {
  const at = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  return { folder: at < 0 ? "." : path.slice(0, at) || "/", file: path.slice(at + 1) };
}
