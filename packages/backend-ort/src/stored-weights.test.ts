import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { graph, input, linear, param, type WeightHandle, type Weights } from "@wav2vec/core";
import * as ort from "onnxruntime-node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ortBackend } from "./ort-backend.js";
import { storedWeights } from "./stored-weights.js";

const values = Float32Array.from({ length: 600 }, (_, i) => Math.sin(i));
const layer = graph({ y: linear(input("x", [1, 30]), param("w", [20, 30]), param("b", [20])) });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "wav2vec-weights-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** A weight at `offset` of a file, which fails when it is read rather than mapped. */
const inFile = (path: string, offset: number, shape: readonly number[]): WeightHandle => ({
  shape,
  dtype: "float32",
  location: { path, offset, length: 4 * shape.reduce((n, dim) => n * dim, 1) },
  read: () => Promise.reject(new Error("read")),
});
const inMemory = (data: Float32Array, shape: readonly number[]): WeightHandle => ({
  shape,
  dtype: "float16",
  read: () => Promise.resolve(data),
});

async function run(weights: Weights): Promise<Float32Array> {
  const backend = ortBackend({ ort, threads: 1 });
  const program = await backend.compile(layer, weights);
  const x = backend.upload(new Float32Array(30).fill(0.5), [1, 30]);
  const { y } = await program.run({ x });
  program.dispose();
  return (await backend.download(y!)) as Float32Array; // float32 in the graph
}

describe("storedWeights", () => {
  const bias = new Float32Array(20).fill(2);

  it("maps weights at any offset of a file and reads none of them", async () => {
    const path = join(folder, "model.safetensors");
    await writeFile(
      path,
      Buffer.concat([Buffer.alloc(11), Buffer.from(values.buffer), Buffer.from(bias.buffer)]),
    );
    const mapped = await run(
      new Map([
        ["w", inFile(path, 11, [20, 30])],
        ["b", inFile(path, 2411, [20])],
      ]),
    );
    const read = await run(
      new Map([
        ["w", inMemory(values, [20, 30])],
        ["b", inMemory(bias, [20])],
      ]),
    );
    expect(mapped).toEqual(read);
    expect(mapped[0]).toBeCloseTo(2 + 0.5 * values.slice(0, 30).reduce((sum, x) => sum + x, 0), 5);
  });

  it("maps through a symbolic link to another folder, as in the cache of the Hub", async () => {
    const blobs = join(folder, "blobs.bin");
    const snapshot = await mkdtemp(join(folder, "snapshot-"));
    await writeFile(blobs, Buffer.concat([Buffer.from(values.buffer), Buffer.from(bias.buffer)]));
    await symlink(blobs, join(snapshot, "model.safetensors"));
    const path = join(snapshot, "model.safetensors");
    const mapped = await run(
      new Map([
        ["w", inFile(path, 0, [20, 30])],
        ["b", inFile(path, 2400, [20])],
      ]),
    );
    expect(mapped[0]).toBeCloseTo(2 + 0.5 * values.slice(0, 30).reduce((sum, x) => sum + x, 0), 5);
  });

  it("takes mapped weights and weights in memory together", async () => {
    const path = join(folder, "model.safetensors");
    await writeFile(path, Buffer.from(values.buffer));
    const mixed = await run(
      new Map([
        ["w", inFile(path, 0, [20, 30])],
        ["b", inMemory(bias, [20])],
      ]),
    );
    expect(mixed[0]).toBeCloseTo(2 + 0.5 * values.slice(0, 30).reduce((sum, x) => sum + x, 0), 5);
  });

  it("hands everything over as bytes where files cannot be opened", async () => {
    const weights = new Map([
      ["w", inMemory(values, [20, 30])],
      ["b", inMemory(bias, [20])],
    ]);
    const {
      folder: none,
      externalData,
      initializers,
    } = await storedWeights(layer.params, weights, String, false);
    expect(none).toBeUndefined();
    expect(externalData.map(({ path, data }) => [path, data.length])).toEqual([["w", 2400]]);
    expect(initializers.get("b")!.data).toEqual(new Uint8Array(bias.buffer)); // small: inside the model
  });
});
