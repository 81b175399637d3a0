// Every class and function a checkpoint may name, and what stands for it here. Nothing else gets past GLOBAL.
import { FormatError } from "../errors.js";
import { STORAGE_TYPES, tensorFrom } from "./torch-values.js";
import { PyGlobal, PyRecord, TorchTensor, type PyDict, type PyValue } from "./values.js";

/** Builds the value of a call or of an instance; runs nothing of the file. */
type Builder = (file: string, args: readonly PyValue[]) => PyValue;

const BUILDERS: ReadonlyMap<string, Builder> = new Map<string, Builder>([
  ["collections.OrderedDict", (file, [items]) => dictFrom(file, items)],
  ["collections.defaultdict", () => new Map()], // its factory is dropped; items follow as SETITEMS
  ["builtins.dict", (file, [items]) => dictFrom(file, items)],
  ["builtins.list", (file, [items]) => [...sequence(file, items)]],
  ["builtins.tuple", (file, [items]) => Object.freeze([...sequence(file, items)])],
  ["builtins.set", (file, [items]) => new Set(sequence(file, items))],
  ["builtins.frozenset", (file, [items]) => new Set(sequence(file, items))],
  ["_codecs.encode", latin1],
  ["torch._utils._rebuild_tensor", tensorFrom],
  ["torch._utils._rebuild_tensor_v2", tensorFrom],
  ["torch._utils._rebuild_parameter", parameterFrom],
  ["torch._utils._rebuild_parameter_with_state", parameterFrom],
  ["torch.Size", (file, [items]) => Object.freeze([...sequence(file, items)])],
]);

/** Names that may appear as a type, without being called. */
const NAMES: ReadonlySet<string> = new Set([
  ...["int", "float", "str", "bool", "bytes", "complex", "long", "unicode"].map((name) => `builtins.${name}`),
  ...[...STORAGE_TYPES.keys()].map((name) => `torch.${name}`),
  "typing.Any",
]);

/** Classes kept as inert records: settings and training state that a loader steps over. */
const RECORDS: ReadonlySet<string> = new Set([
  "argparse.Namespace",
  "torch.device",
  "numpy.dtype",
  "numpy.core.multiarray.scalar",
  "numpy._core.multiarray.scalar",
  "pathlib.PosixPath",
  "pathlib.WindowsPath",
  "enum.Enum",
]);
const TORCH_DTYPE = /^torch\.(b?float(16|32|64)?|double|half|u?int(8|16|32|64)?|long|short|bool)$/;
const RECORD_PACKAGES = /^(omegaconf|fairseq)(\.[a-z_]\w*)*\.[A-Za-z_]\w*$/;

/**
 * Looks a global up.
 *
 * @throws FormatError naming it, if it is not on the list
 */
export function allowedGlobal(file: string, module: string, name: string): PyGlobal {
  const python3 = module === "__builtin__" ? "builtins" : module === "copy_reg" ? "copyreg" : module;
  const global = new PyGlobal(python3, name);
  const path = global.path;
  const isPlain = !name.includes(".");
  if (isPlain && (BUILDERS.has(path) || NAMES.has(path) || isRecord(path))) return global;
  const advice = python3.startsWith("torch.nn")
    ? "it is a pickled module: save its state_dict() instead"
    : "a weight file needs no such thing and it may be hostile; do not load it elsewhere";
  throw new FormatError(file, `the pickle names ${path.slice(0, 200)}, which is not allowed; ${advice}`);
}

/**
 * What a REDUCE or NEWOBJ of an allowed global gives.
 *
 * @throws FormatError if the name cannot be called
 */
export function construct(file: string, global: PyGlobal, args: readonly PyValue[]): PyValue {
  const builder = BUILDERS.get(global.path);
  if (builder) return builder(file, args);
  if (isRecord(global.path)) return new PyRecord(global.path, args);
  throw new FormatError(file, `the pickle calls ${global.path}, which is only allowed as a name`);
}

function isRecord(path: string): boolean {
  return RECORDS.has(path) || RECORD_PACKAGES.test(path) || TORCH_DTYPE.test(path);
}

function sequence(file: string, items: PyValue | undefined): readonly PyValue[] {
  if (items === undefined) return [];
  if (!Array.isArray(items)) throw new FormatError(file, "the pickle builds a sequence from something else");
  return items as readonly PyValue[];
}

function dictFrom(file: string, items: PyValue | undefined): PyDict {
  if (items instanceof Map) return new Map(items);
  const pairs = sequence(file, items).map((pair) => sequence(file, pair));
  return new Map(pairs.map(([key, value]) => [key ?? null, value ?? null]));
}

/** Protocol 2 writes bytes as text of code points below 256. */
function latin1(file: string, [text, encoding]: readonly PyValue[]): Uint8Array {
  if (typeof text !== "string" || encoding !== "latin1")
    throw new FormatError(file, "the pickle calls _codecs.encode with something other than latin1 text");
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

function parameterFrom(file: string, [data]: readonly PyValue[]): TorchTensor {
  if (data instanceof TorchTensor) return data;
  throw new FormatError(file, "a parameter is rebuilt from something that is not a tensor");
}
