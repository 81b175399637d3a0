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
  const files = canMap ? await resolveFiles(stored.map(({ handle }) => handle)) : new Map<string, string>();
  const folderOf = (handle: WeightHandle) => mappableFolder(handle, files);
  const folder = stored.map(({ handle }) => folderOf(handle)).find((found) => found !== undefined);
  const isMapped = (handle: WeightHandle) => folder !== undefined && folderOf(handle) === folder;
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
      add({ file: split(files.get(path)!).file, offset, length });
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

/** Real paths by path: ONNX Runtime refuses links that leave the folder, of which the cache of the Hub is made. */
async function resolveFiles(handles: readonly WeightHandle[]): Promise<Map<string, string>> {
  const paths = new Set(handles.flatMap(({ location }) => (location ? [location.path] : [])));
  if (paths.size === 0) return new Map();
  const { realpath } = process.getBuiltinModule("node:fs/promises"); // only where handles have paths; bundlers for pages refuse imports
  return new Map(await Promise.all([...paths].map(async (path) => [path, await realpath(path)] as const)));
}

function mappableFolder(
  { dtype, location }: WeightHandle,
  files: ReadonlyMap<string, string>,
): string | undefined {
  if (dtype !== "float32" || !location || location.length === 0) return undefined;
  const file = files.get(location.path);
  return file === undefined ? undefined : split(file).folder;
}

function split(path: string): { folder: string; file: string } {
  const at = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  return { folder: at < 0 ? "." : path.slice(0, at) || "/", file: path.slice(at + 1) };
}
