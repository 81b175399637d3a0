import { add, graph, input, symbol } from "@wav2vec/core";
import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { hostMemory } from "./host-memory.js";
import { ortBackend } from "./ort-backend.js";

const MEGABYTE = 2 ** 20;

describe("hostMemory", () => {
  it("hands out a returned buffer to what needs at least half of it, and no other", () => {
    const memory = hostMemory();
    const first = memory.take(4 * MEGABYTE);
    memory.giveBack(first);
    expect(memory.take(MEGABYTE)).not.toBe(first);
    expect(memory.take(3 * MEGABYTE)).toBe(first);
    expect(memory.take(3 * MEGABYTE)).not.toBe(first); // it is in use
  });

  it("keeps no more than half of what was ever in use at once", () => {
    const memory = hostMemory();
    const small = Array.from({ length: 4 }, () => memory.take(MEGABYTE));
    small.forEach((buffer) => memory.giveBack(buffer));
    memory.take(4 * MEGABYTE); // fits none of them, and takes the place of two
    const after = Array.from({ length: 4 }, () => memory.take(MEGABYTE));
    expect(after.filter((buffer) => small.includes(buffer)).length).toBe(2);
  });
});

describe("results of the backend", () => {
  const size = 2 ** 16;
  const x = input("x", [symbol("n")]);

  it("lie in the memory of results that were freed, and never in that of results in use", async () => {
    const backend = ortBackend({ ort });
    const program = await backend.compile(graph({ y: add(x, 1) }), new Map());
    const given = backend.upload(new Float32Array(size).fill(1), [size]);
    const kept = (await program.run({ x: given }))["y"]!;
    const freed = (await program.run({ x: kept }))["y"]!;
    const memory = (freed.onnx.data as Float32Array).buffer; // float32 in host memory
    backend.free(freed);
    const later = (await program.run({ x: given }))["y"]!;
    expect((later.onnx.data as Float32Array).buffer === memory).toBe(true);
    expect(new Set(await backend.download(kept))).toEqual(new Set([2]));
    expect(new Set(await backend.download(later))).toEqual(new Set([2]));
    expect(new Set(await backend.download(given))).toEqual(new Set([1]));
    program.dispose();
  });

  it("give back what they were donated when they end", async () => {
    const backend = ortBackend({ ort });
    const program = await backend.compile(graph({ y: add(x, 1) }), new Map());
    const given = backend.upload(new Float32Array(size), [size]);
    const memory = (given.onnx.data as Float32Array).buffer; // as above
    const inPlace = (await program.run({ x: given }, { donate: ["x"] }))["y"]!;
    expect((inPlace.onnx.data as Float32Array).buffer === memory).toBe(true);
    backend.free(inPlace);
    const next = backend.upload(new Float32Array(size).fill(3), [size]);
    expect((next.onnx.data as Float32Array).buffer === memory).toBe(true);
    program.dispose();
  });
});
