// Files beyond 4 GiB: offsets need more than 32 bits, and nothing but the asked tensor may be read. They are sparse.
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dict, pickle, tensor } from "./fixtures/torch-bytes.js";
import { openCheckpoint } from "./open-checkpoint.js";

const GIB = 2 ** 30;
/** Bytes of the first, large tensor. */
const LARGE = 5 * GIB;
/** Elements of the second. */
const SMALL = 1000;
const MEGABYTES = 20;

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "large-"))));
afterAll(() => rm(folder, { recursive: true }));

/** Writes pieces at offsets of a sparse file. */
async function write(name: string, pieces: readonly (readonly [number, Uint8Array])[]): Promise<string> {
  const path = join(folder, name);
  const file = await open(path, "w");
  for (const [offset, bytes] of pieces) await file.write(bytes, 0, bytes.length, offset);
  await file.close();
  return path;
}

const values = Float32Array.from({ length: SMALL }, (_, i) => i - 0.5);

async function expectSmallTensor(path: string): Promise<void> {
  const before = process.memoryUsage().arrayBuffers;
  const checkpoint = await openCheckpoint(path);
  expect(await checkpoint.weights.get("small")!.read()).toEqual(values);
  expect(checkpoint.weights.get("small")!.location!.offset).toBeGreaterThan(LARGE);
  expect(checkpoint.weights.get("large")!.location!.length).toBe(LARGE);
  expect((process.memoryUsage().arrayBuffers - before) / 2 ** 20).toBeLessThan(MEGABYTES);
  await checkpoint.close();
}

describe("a file of 5 GiB", () => {
  it("is read at an offset as safetensors", async () => {
    const describe = (shape: number[], begin: number, end: number) => ({
      dtype: "F32",
      shape,
      data_offsets: [begin, end],
    });
    const header = new TextEncoder().encode(
      JSON.stringify({
        large: describe([LARGE / 4], 0, LARGE),
        small: describe([SMALL], LARGE, LARGE + 4 * SMALL),
      }),
    );
    const length = new Uint8Array(new BigUint64Array([BigInt(header.length)]).buffer);
    await expectSmallTensor(await write("model.safetensors", [[0, length], [8, header], [8 + header.length + LARGE, new Uint8Array(values.buffer)]])); // prettier-ignore
  });

  it("is read at an offset as a zip64 archive of PyTorch", async () => {
    const root = dict({
      large: tensor("0", LARGE / 4, [LARGE / 4], [1]),
      small: tensor("1", SMALL, [SMALL], [1]),
    });
    await expectSmallTensor(await write("pytorch_model.bin", zip64([["archive/data.pkl", pickle(root)], ["archive/data/0", LARGE], ["archive/data/1", new Uint8Array(values.buffer)]]))); // prettier-ignore
  });
});

/** A stored zip archive with 64-bit sizes; a number instead of bytes is that many zeros. */
function zip64(entries: readonly (readonly [string, Uint8Array | number])[]): [number, Uint8Array][] {
  const pieces: [number, Uint8Array][] = [];
  const directory: number[] = [];
  let at = 0;
  for (const [name, content] of entries) {
    const size = typeof content === "number" ? content : content.length;
    const text = [...new TextEncoder().encode(name)];
    const local = [...u32(0x04034b50), ...u16(45, 0, 0, 0, 0), ...u32(0, 0xffffffff, 0xffffffff), ...u16(text.length, 20), ...text, ...u16(1, 16), ...u64(size, size)]; // prettier-ignore
    directory.push(...u32(0x02014b50), ...u16(45, 45, 0, 0, 0, 0), ...u32(0, 0xffffffff, 0xffffffff), ...u16(text.length, 28, 0, 0, 0), ...u32(0, 0xffffffff), ...text, ...u16(1, 24), ...u64(size, size, at)); // prettier-ignore
    pieces.push([at, Uint8Array.from(local)]);
    if (typeof content !== "number") pieces.push([at + local.length, content]);
    at += local.length + size;
  }
  const count = entries.length;
  const end64 = [
    ...u32(0x06064b50),
    ...u64(44),
    ...u16(45, 45),
    ...u32(0, 0),
    ...u64(count, count, directory.length, at),
  ];
  const locator = [...u32(0x07064b50, 0), ...u64(at + directory.length), ...u32(1)];
  const end = [
    ...u32(0x06054b50),
    ...u16(0, 0, count, count),
    ...u32(directory.length, 0xffffffff),
    ...u16(0),
  ];
  return [...pieces, [at, Uint8Array.from([...directory, ...end64, ...locator, ...end])]];
}

const u16 = (...list: number[]) => [...new Uint8Array(Uint16Array.from(list).buffer)];
const u32 = (...list: number[]) => [...new Uint8Array(Uint32Array.from(list).buffer)];
const u64 = (...list: number[]) => [...new Uint8Array(BigUint64Array.from(list, BigInt).buffer)];
