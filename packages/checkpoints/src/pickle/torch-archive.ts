// The zip layout that torch.save writes since PyTorch 1.6: data.pkl, and one stored entry for each storage.
import { Reader, ZipReader, type Entry, type FileEntry } from "@zip.js/zip.js";
import { FormatError } from "../errors.js";
import { ELEMENT_BYTES } from "../files/element-types.js";
import type { RandomAccess } from "../files/random-access.js";
import { storedTensor } from "../files/stored-tensor.js";
import { storageFrom } from "./torch-values.js";
import { NeedMoreBytes } from "./pickle-cursor.js";
import type { TorchFile } from "./torch-file.js";
import { unpickle } from "./unpickle.js";
import type { TorchStorage, TorchTensor } from "./values.js";

/** A pickle of 1 B parameters has under 1 MB; fairseq's training state may add some. */
const PICKLE_LIMIT = 256 * 2 ** 20;
const LOCAL_HEADER_BYTES = 30;

/**
 * Opens a zip archive of torch.save. Storages stay where they are.
 *
 * @throws FormatError if the archive is ambiguous, compressed, or its pickle is not plain
 */
export async function readTorchArchive(file: RandomAccess): Promise<TorchFile> {
  const entries = await listEntries(file);
  const pickles = [...entries.keys()].filter((name) => name === "data.pkl" || name.endsWith("/data.pkl"));
  if (pickles.length !== 1)
    throw new FormatError(
      file.name,
      `is a zip archive with ${pickles.length} data.pkl; expected one; is this a PyTorch file?`,
    );
  const folder = pickles[0]!.slice(0, -"data.pkl".length);
  await assertLittleEndian(file, entries.get(`${folder}byteorder`));
  const bytes = await readEntry(file, entries.get(pickles[0]!)!, PICKLE_LIMIT);
  let root;
  try {
    root = unpickle(`${file.name}:data.pkl`, bytes, 0, storageFrom).value;
  } catch (error) {
    if (error instanceof NeedMoreBytes)
      throw new FormatError(file.name, "data.pkl ends before its STOP; the file is cut or damaged");
    throw error;
  }
  const tensor = async ({ storage, offset, shape, strides }: TorchTensor) => {
    const entry = entries.get(`${folder}data/${storage.key}`);
    if (!entry)
      throw new FormatError(
        file.name,
        `has no entry data/${storage.key}, which a tensor needs; the file is damaged`,
      );
    const { offset: start, length } = await dataRange(file, entry);
    assertLength(file.name, storage, length);
    return storedTensor(file, {
      type: storage.type,
      shape,
      strides,
      offset: start + offset * ELEMENT_BYTES[storage.type],
    });
  };
  return { layout: "zip", root, tensor };
}

/** PyTorch writes its zip64 record in a way that zip.js calls by this name; every other oddity is refused. */
const HARMLESS_ODDITY = "trailing central directory data";

async function listEntries(file: RandomAccess): Promise<Map<string, FileEntry>> {
  const reader = new ZipReader(new AccessReader(file));
  let list: Entry[];
  try {
    list = await reader.getEntries({ strictness: "balanced", filenameValidation: "strict" });
  } catch (error) {
    throw damaged(file, error instanceof Error ? error.message : String(error));
  }
  const oddity = reader.warnings?.find(({ reason }) => reason !== HARMLESS_ODDITY);
  if (oddity) throw damaged(file, oddity.reason);
  const entries = new Map<string, FileEntry>();
  for (const entry of list) {
    if (entry.directory) continue;
    assertStored(file, entry);
    entries.set(entry.filename, entry);
  }
  return entries;
}

function damaged(file: RandomAccess, what: string): FormatError {
  return new FormatError(
    file.name,
    `is not a sound zip archive (${what.toLowerCase()}); it is cut, damaged or hostile; fetch it again`,
  );
}

/** zip.js has checked names and duplicates; what is left is that the bytes lie in the file as they are. */
function assertStored(file: RandomAccess, entry: FileEntry): void {
  const name = JSON.stringify(entry.filename.slice(0, 200));
  if (entry.compressionMethod !== 0 || entry.encrypted || entry.compressedSize !== entry.uncompressedSize)
    throw new FormatError(
      file.name,
      `entry ${name} is compressed or encrypted, which PyTorch never does; pack the archive again without compression`,
    );
  if (!(entry.offset + LOCAL_HEADER_BYTES + entry.uncompressedSize <= file.size))
    throw new FormatError(
      file.name,
      `entry ${name} declares ${entry.uncompressedSize} bytes; the file has ${file.size}; it is cut or damaged`,
    );
}

/** Lets zip.js read through random access. */
class AccessReader extends Reader<RandomAccess> {
  constructor(private readonly file: RandomAccess) {
    super(file);
    this.size = file.size;
  }
  override async readUint8Array(offset: number, length: number): Promise<Uint8Array> {
    return this.file.read(offset, Math.max(0, Math.min(length, this.file.size - offset)));
  }
}

/** Where the data of a stored entry lies: after the local header, whose name and extra field vary. */
async function dataRange(file: RandomAccess, entry: FileEntry): Promise<{ offset: number; length: number }> {
  const header = new DataView((await file.read(entry.offset, LOCAL_HEADER_BYTES)).buffer);
  if (header.getUint32(0, true) !== 0x04034b50)
    throw damaged(file, `entry ${JSON.stringify(entry.filename)} has no local header`);
  const offset = entry.offset + LOCAL_HEADER_BYTES + header.getUint16(26, true) + header.getUint16(28, true);
  const length = entry.uncompressedSize;
  if (offset + length > file.size)
    throw damaged(
      file,
      `entry ${JSON.stringify(entry.filename)} ends at byte ${offset + length} of ${file.size}`,
    );
  return { offset, length };
}

async function readEntry(file: RandomAccess, entry: FileEntry, limit: number): Promise<Uint8Array> {
  const { offset, length } = await dataRange(file, entry);
  if (length > limit)
    throw new FormatError(
      file.name,
      `entry ${JSON.stringify(entry.filename)} has ${length} bytes; at most ${limit} are read`,
    );
  return file.read(offset, length);
}

function assertLength(name: string, storage: TorchStorage, length: number): void {
  const declared = storage.elements * ELEMENT_BYTES[storage.type];
  if (declared !== length)
    throw new FormatError(
      name,
      `storage ${storage.key} declares ${declared} bytes, its entry has ${length}; the file is damaged`,
    );
}

async function assertLittleEndian(file: RandomAccess, entry: FileEntry | undefined): Promise<void> {
  if (!entry) return; // older PyTorch wrote none, and ran on little-endian machines
  const order = new TextDecoder().decode(await readEntry(file, entry, 16));
  if (order !== "little")
    throw new FormatError(
      file.name,
      `stores its numbers in byte order ${JSON.stringify(order)}; save it again on a little-endian machine`,
    );
}
