// The layout of torch.save before PyTorch 1.6: five pickles in a row, then the storages.
// Order: magic number, protocol, system, object, storage keys; each storage is an int64 count and its elements.
import { FormatError } from "../errors.js";
import { ELEMENT_BYTES } from "../files/element-types.js";
import type { RandomAccess } from "../files/random-access.js";
import { storedTensor } from "../files/stored-tensor.js";
import { NeedMoreBytes } from "./pickle-cursor.js";
import type { TorchFile } from "./torch-file.js";
import { storageFrom } from "./torch-values.js";
import { unpickle } from "./unpickle.js";
import type { PyValue, TorchStorage, TorchTensor } from "./values.js";

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;
/** The pickles come first and are small; the head that is read for them doubles up to this. */
const HEAD_LIMIT = 256 * 2 ** 20;

interface Head {
  readonly root: PyValue;
  readonly keys: readonly PyValue[];
  readonly storages: ReadonlyMap<string, TorchStorage>;
  /** Where the storages begin. */
  readonly end: number;
}

/**
 * Opens a file in the old layout.
 *
 * @throws FormatError if it is something else, damaged, or names Python code
 */
export async function readLegacyTorchFile(file: RandomAccess): Promise<TorchFile> {
  const { root, keys, storages, end } = await readHead(file);
  const offsets = await locateStorages(file, keys, storages, end);
  const tensor = async ({ storage, offset, shape, strides }: TorchTensor) => {
    const start = offsets.get(storage.key);
    if (start === undefined)
      throw new FormatError(
        file.name,
        `has no storage "${storage.key}", which a tensor needs; the file is damaged`,
      );
    return storedTensor(file, {
      type: storage.type,
      shape,
      strides,
      offset: start + offset * ELEMENT_BYTES[storage.type],
    });
  };
  return { layout: "legacy", root, tensor };
}

/** Reads a larger head each time until the pickles are whole; at most twice the work of knowing their length. */
async function readHead(file: RandomAccess): Promise<Head> {
  for (let length = 2 ** 18; ; length *= 4) {
    const bytes = await file.read(0, Math.min(length, file.size));
    try {
      return parseHead(file.name, bytes);
    } catch (error) {
      if (!(error instanceof NeedMoreBytes)) throw error;
      if (length >= Math.min(file.size, HEAD_LIMIT))
        throw new FormatError(file.name, "ends inside its pickle; it is cut, damaged, or not a PyTorch file");
    }
  }
}

function parseHead(name: string, bytes: Uint8Array): Head {
  const noStorage = () => {
    throw new FormatError(name, "has a storage where a plain value belongs; it is damaged");
  };
  const magic = unpickle(name, bytes, 0, noStorage);
  if (magic.value !== MAGIC)
    throw new FormatError(
      name,
      "is not a PyTorch file: neither a zip archive nor the magic number of the old layout",
    );
  const protocol = unpickle(name, bytes, magic.end, noStorage);
  if (protocol.value !== PROTOCOL)
    throw new FormatError(name, `has PyTorch protocol ${String(protocol.value)}; expected ${PROTOCOL}`);
  const system = unpickle(name, bytes, protocol.end, noStorage);
  if (!(system.value instanceof Map) || system.value.get("little_endian") !== true)
    throw new FormatError(name, "stores its numbers big-endian; save it again on a little-endian machine");
  const storages = new Map<string, TorchStorage>();
  const { value: root, end } = unpickle(name, bytes, system.end, (file, id) => {
    const storage = storageFrom(file, id);
    const known = storages.get(storage.key);
    if (known && (known.type !== storage.type || known.elements !== storage.elements))
      throw new FormatError(name, `describes storage "${storage.key}" in two ways; it is damaged`);
    storages.set(storage.key, storage);
    return storage;
  });
  const keys = unpickle(name, bytes, end, noStorage);
  if (!Array.isArray(keys.value)) throw new FormatError(name, "has no list of storage keys; it is damaged");
  return { root, keys: keys.value as readonly PyValue[], storages, end: keys.end };
}

/** Steps over the storages: only their 8-byte counts are read. */
async function locateStorages(
  file: RandomAccess,
  keys: readonly PyValue[],
  storages: ReadonlyMap<string, TorchStorage>,
  start: number,
): Promise<Map<string, number>> {
  const offsets = new Map<string, number>();
  let at = start;
  for (const key of keys) {
    const storage = typeof key === "string" ? storages.get(key) : undefined;
    if (!storage)
      throw new FormatError(
        file.name,
        `lists storage ${JSON.stringify(String(key)).slice(0, 80)}, which no tensor names; it is damaged`,
      );
    const count = new DataView((await file.read(at, 8)).buffer).getBigInt64(0, true);
    if (count !== BigInt(storage.elements))
      throw new FormatError(
        file.name,
        `storage "${storage.key}" declares ${storage.elements} elements and has ${count}; it is damaged`,
      );
    offsets.set(storage.key, at + 8);
    at += 8 + storage.elements * ELEMENT_BYTES[storage.type];
    if (at > file.size)
      throw new FormatError(
        file.name,
        `storage "${storage.key}" ends at byte ${at}; the file has ${file.size}; it is cut`,
      );
  }
  return offsets;
}
