import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FormatError } from "../errors.js";
import { openLocalFile } from "./local-file.js";
import { blobAccess, bytesAccess, heldBytes, type RandomAccess } from "./random-access.js";
import { readSafetensors } from "./safetensors.js";
import { writeSafetensors, type TensorToWrite } from "./write-safetensors.js";

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "safetensors-"))));
afterAll(() => rm(folder, { recursive: true }));

const TENSORS = new Map<string, TensorToWrite>([
  ["b", { shape: [2, 3], data: new Float32Array([1, -2, 3.5, 0, 5, 6]) }],
  ["a\"\n", { shape: [], data: async () => new Float32Array([7]) }],
  ["ids", { shape: [2], data: new BigInt64Array([-1n, 5n]) }],
  ["mask", { shape: [3], data: new Uint8Array([1, 0, 1]) }],
  ["none", { shape: [0, 4], data: new Int32Array(0) }],
]); // prettier-ignore

async function written(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const path = join(folder, name);
  await writeSafetensors(path, TENSORS, { format: "pt" });
  return new Uint8Array(await readFile(path));
}

describe("safetensors", () => {
  it("are read from a Buffer that lies inside a larger one", async () => {
    const bytes = await written("pooled.safetensors");
    const pool = Buffer.alloc(bytes.length + 48, 1);
    pool.set(bytes, 24);
    const { tensors } = await readSafetensors(bytesAccess("pooled", pool.subarray(24, 24 + bytes.length)));
    expect([...(await tensors.get("b")!.read())]).toEqual([1, -2, 3.5, 0, 5, 6]);
  });

  it("reads back what was written, from a file, from memory and from a Blob", async () => {
    const bytes = await written("a.safetensors");
    const file = await openLocalFile(join(folder, "a.safetensors"));
    for (const access of [
      file,
      bytesAccess("memory", bytes),
      heldBytes("held", bytes),
      blobAccess("blob", new Blob([new Uint8Array(bytes)])),
    ]) {
      const { tensors, metadata } = await readSafetensors(access);
      expect([...metadata]).toEqual([["format", "pt"]]);
      expect([...tensors.keys()]).toEqual([...TENSORS.keys()]);
      expect([...(await tensors.get("b")!.read())]).toEqual([1, -2, 3.5, 0, 5, 6]);
      expect([...(await tensors.get('a"\n')!.read())]).toEqual([7]);
      expect([...(await tensors.get("ids")!.read())]).toEqual([-1, 5]);
      expect([...(await tensors.get("mask")!.read())]).toEqual([1, 0, 1]);
      expect(tensors.get("none")).toMatchObject({ shape: [0, 4], dtype: "int32" });
      expect(tensors.get("b")?.location?.path).toBe(
        access === file ? join(folder, "a.safetensors") : undefined,
      );
    }
    await file.close();
  });

  it("gives float32 of held bytes as views, and copies of bytes that may change", async () => {
    const bytes = await written("held.safetensors");
    const valuesOf = async (access: RandomAccess) => (await readSafetensors(access)).tensors.get("b")!.read();
    const [view, copy] = [
      await valuesOf(heldBytes("held", bytes)),
      await valuesOf(bytesAccess("own", bytes)),
    ];
    bytes.fill(0);
    expect([...view]).toEqual([0, 0, 0, 0, 0, 0]);
    expect([...copy]).toEqual([1, -2, 3.5, 0, 5, 6]);
  });

  it("reads held bytes that start at an odd address", async () => {
    const bytes = await written("odd.safetensors");
    const odd = new Uint8Array(bytes.length + 1);
    odd.set(bytes, 1);
    const { tensors } = await readSafetensors(heldBytes("odd", odd.subarray(1)));
    expect([...(await tensors.get("b")!.read())]).toEqual([1, -2, 3.5, 0, 5, 6]);
    expect([...(await tensors.get("ids")!.read())]).toEqual([-1, 5]);
  });

  it("leaves the old file and no other when a tensor is not what its shape says", async () => {
    await written("old.safetensors");
    const before = await readFile(join(folder, "old.safetensors"));
    const wrong = new Map([["x", { shape: [3], data: () => new Float32Array(2) }]]);
    await expect(writeSafetensors(join(folder, "old.safetensors"), wrong)).rejects.toThrow(
      /"x" holds 2 elements of F32; F32 \[3\] was announced/,
    );
    expect(await readFile(join(folder, "old.safetensors"))).toEqual(before);
    expect((await readdir(folder)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("notices a file that shrinks while it is open", async () => {
    const bytes = await written("shrinks.safetensors");
    const file = await openLocalFile(join(folder, "shrinks.safetensors"));
    const { tensors } = await readSafetensors(file);
    await writeFile(join(folder, "shrinks.safetensors"), bytes.subarray(0, bytes.length - 8));
    await expect(tensors.get("mask")!.read()).rejects.toThrow(/ended at byte/);
    await file.close();
  });

  it("gives a result or a FormatError for any changed bytes", async () => {
    const bytes = await written("fuzz.safetensors");
    const change = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
    const property = fc.asyncProperty(change, fc.nat(bytes.length), async (changes, cut) => {
      const mutated = bytes.slice(0, cut % 3 === 0 ? cut : bytes.length);
      for (const [at, value] of changes) if (at < mutated.length) mutated[at] = value;
      try {
        const { tensors } = await readSafetensors(bytesAccess("mutated", mutated));
        for (const tensor of tensors.values())
          expect((await tensor.read()).length).toBe(tensor.shape.reduce((a, b) => a * b, 1));
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
      }
    });
    await fc.assert(property, { numRuns: 2000, seed: 1 });
  });

  it("reads a header of 50,000 tensors without delay", async () => {
    const names = Array.from(
      { length: 50_000 },
      (_, i) => `"t${i}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`,
    );
    const header = new TextEncoder().encode(`{${names.join(",")}}`);
    const bytes = new Uint8Array(8 + header.length);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
    bytes.set(header, 8);
    const start = performance.now();
    expect((await readSafetensors(bytesAccess("many", bytes))).tensors.size).toBe(50_000);
    expect(performance.now() - start).toBeLessThan(3000);
  });
});
