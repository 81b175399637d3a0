import { graph, input, mul } from "@wav2vec/core";
import { describe, expect, it } from "vitest";
import { tf } from "./node-devices.js";
import { tfjsBackend } from "./tfjs-backend.js";

const doubled = graph({ y: mul(input("x", [2]), 2) });

describe("devices", () => {
  it("says what to import for one that the runtime does not know", async () => {
    const backend = tfjsBackend({ tf, device: "webgl" });
    const message =
      'tfjs: the device "webgl" is unknown to the runtime; import "@tensorflow/tfjs-backend-webgl" first';
    await expect(backend.compile(doubled, new Map())).rejects.toThrow(message);
    expect(() => backend.upload(Float32Array.of(1), [1])).toThrow(message);
  });

  it("says what to wait for before uploading to one that starts asynchronously", () => {
    const backend = tfjsBackend({ tf, device: "wasm" });
    expect(() => backend.upload(Float32Array.of(1), [1])).toThrow(
      'tfjs: the device "wasm" is not started; await tf.setBackend("wasm") or compile a program first',
    );
  });

  it("compute side by side, each on its own", async () => {
    const [cpu, wasm] = [tfjsBackend({ tf, device: "cpu" }), tfjsBackend({ tf, device: "wasm" })];
    const programs = [await cpu.compile(doubled, new Map()), await wasm.compile(doubled, new Map())] as const;
    const inputs = [cpu.upload(Float32Array.of(1, 2), [2]), wasm.upload(Float32Array.of(3, 4), [2])] as const;
    const [a, b] = await Promise.all([programs[0].run({ x: inputs[0] }), programs[1].run({ x: inputs[1] })]);
    expect(await cpu.download(a["y"]!)).toEqual(Float32Array.of(2, 4)); // the graph's one output
    expect(await wasm.download(b["y"]!)).toEqual(Float32Array.of(6, 8));
  });

  it("default to the current one", async () => {
    await tf.setBackend("cpu");
    const backend = tfjsBackend({ tf });
    const program = await backend.compile(doubled, new Map());
    const { y } = await program.run({ x: backend.upload(Float32Array.of(1, 2), [2]) });
    expect(await backend.download(y!)).toEqual(Float32Array.of(2, 4)); // the graph's one output
    expect(backend.name).toBe("tfjs");
  });
});
