import { add, graph, input, mul, param, slice, symbol, weightFromArray, type Value } from "@wav2vec/core";
import { beforeEach, describe, expect, it } from "vitest";
import { nodeDevices, tf } from "./node-devices.js";
import { tfjsBackend } from "./tfjs-backend.js";

const LENGTH = 10_000;
const BYTES = 4 * LENGTH;
const x = input("x", [LENGTH]);
const numbers = () => Float32Array.from({ length: LENGTH }, (_, i) => i);

describe.each(nodeDevices)("memory on %s", (device) => {
  const backend = tfjsBackend({ tf, device });
  beforeEach(async () => {
    await tf.setBackend(device);
  });

  it("holds no more than the inputs of the current step, however long the chain", async () => {
    let y: Value = x;
    for (let i = 0; i < 60; i++) y = add(mul(y, 1.5), y);
    const program = await backend.compile(graph({ y }), new Map());
    const tensor = backend.upload(numbers(), [LENGTH]);
    const start = tf.memory().numBytes;
    const { peakBytes } = await tf.profile(async () => {
      const { y: result } = await program.run({ x: tensor });
      backend.free(result!); // the graph's one output
      return [];
    });
    expect(peakBytes - start).toBeLessThan(3.5 * BYTES);
    backend.free(tensor);
    program.dispose();
  });

  it("is given back by donated inputs and by dispose, once", async () => {
    const before = tf.memory();
    const w = param("w", [LENGTH]);
    const weights = new Map([["w", weightFromArray(numbers(), [LENGTH])]]);
    const program = await backend.compile(graph({ y: add(x, w) }), weights);
    const donated = backend.upload(numbers(), [LENGTH]);
    const { y } = await program.run({ x: donated }, { donate: ["x"] });
    expect(tf.memory().numBytes - before.numBytes).toBe(2 * BYTES); // the weight and the result
    program.dispose();
    program.dispose();
    backend.free(y!);
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numBytes).toBe(before.numBytes);
    await expect(program.run({ x: donated })).rejects.toThrow(
      "run: the program was disposed; compile the graph again",
    );
  });

  it("survives one tensor under two names of which one is donated", async () => {
    const [a, b] = [input("a", [2]), input("b", [2])];
    const program = await backend.compile(graph({ y: add(mul(a, 2), b) }), new Map());
    const tensor = backend.upload(Float32Array.of(1, 2), [2]);
    const { y } = await program.run({ a: tensor, b: tensor }, { donate: ["a"] });
    expect(await backend.download(y!)).toEqual(Float32Array.of(3, 6));
    expect(() => backend.free(tensor)).toThrow(
      "free: the float32 tensor [2] was freed or donated before; expected a live one",
    );
    backend.free(y!);
    program.dispose();
  });

  it("is given back when a run fails halfway", async () => {
    const time = symbol("time");
    const late = slice(mul(input("x", [time]), 2), 0, 0, 8);
    const program = await backend.compile(graph({ y: late, z: mul(late, 2) }), new Map());
    const tensor = backend.upload(Float32Array.of(1, 2, 3), [3]);
    const before = tf.memory().numTensors;
    await expect(program.run({ x: tensor })).rejects.toThrow("slice: 0 to 8 leaves axis 0 of [3]");
    expect(tf.memory().numTensors).toBe(before);
    backend.free(tensor);
    program.dispose();
  });

  it("outlives a tf.tidy around the upload", async () => {
    const kept: { tensor?: ReturnType<typeof backend.upload> } = {};
    tf.tidy(() => {
      kept.tensor = backend.upload(Float32Array.of(1, 2), [2]);
    });
    expect(await backend.download(kept.tensor!)).toEqual(Float32Array.of(1, 2)); // set above
    backend.free(kept.tensor!);
  });
});
