// Reads NumPy's .npy files: a magic, a Python dictionary, then one array.
// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
import type { WeightHandle } from "@wav2vec/core";
import { FormatError } from "../errors.js";
import type { ElementType } from "./element-types.js";
import type { RandomAccess } from "./random-access.js";
import { storedTensor } from "./stored-tensor.js";

/** Little-endian numbers only; `|` is for single bytes, which have no order. */
const TYPES: Readonly<Record<string, ElementType>> = {
  "<f8": "F64",
  "<f4": "F32",
  "<f2": "F16",
  "<i8": "I64",
  "<i4": "I32",
  "<i2": "I16",
  "|i1": "I8",
  "|u1": "U8",
};

/** The whole header as NumPy writes it; its reader evaluates Python, this one knows three keys. */
const HEADER =
  /^\{\s*'descr':\s*'([^']*)',\s*'fortran_order':\s*(True|False),\s*'shape':\s*\(([\d,\s]*)\),?\s*\}\s*$/u;

/**
 * Opens an array; it is read on demand. Arrays in column order are read as such.
 *
 * @throws FormatError if it is no .npy file of numbers, or cut
 */
export async function readNpy(file: RandomAccess): Promise<WeightHandle> {
  const fail = (detail: string): never => {
    throw new FormatError(file.name, detail);
  };
  const start = await file.read(0, Math.min(12, file.size));
  if (start.length < 10 || start[0] !== 0x93 || new TextDecoder().decode(start.subarray(1, 6)) !== "NUMPY")
    fail("does not begin as a .npy file does; expected one array as numpy.save writes it");
  const version = start[6]!; // length checked
  if (version < 1 || version > 3) fail(`is of .npy version ${version}; expected 1, 2 or 3`);
  const view = new DataView(start.buffer);
  const at = version === 1 ? 10 : 12;
  const length =
    version === 1 ? view.getUint16(8, true) : start.length < 12 ? Infinity : view.getUint32(8, true);
  if (at + length > file.size)
    fail(`declares a header of ${length} bytes in a file of ${file.size}; it is cut`);
  const header = new TextDecoder().decode(await file.read(at, length));
  const match = HEADER.exec(header);
  if (!match)
    return fail(`has the header ${JSON.stringify(header.trim().slice(0, 80))}; expected one plain array`);
  const [, descr = "", order, sizes = ""] = match;
  const type = TYPES[descr];
  if (!type)
    return fail(
      `holds numbers of type ${descr}; expected ${Object.keys(TYPES).join(", ")}; save it as float32`,
    );
  const shape = sizes
    .split(",")
    .map((size) => size.trim())
    .filter((size) => size !== "")
    .map(Number);
  const handle = storedTensor(file, {
    type,
    shape,
    offset: at + length,
    ...(order === "True" && { strides: columnStrides(shape) }),
  });
  return handle;
}

/** Steps of an array whose first axis is the closest in memory. */
function columnStrides(shape: readonly number[]): number[] {
  let step = 1;
  return shape.map((size) => {
    const own = step;
    step *= size;
    return own;
  });
}
