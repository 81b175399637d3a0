import { add, graph, input, relu, weightFromArray, param, matMul } from "@wav2vec/core";
import { describe, expect, it } from "vitest";
import { DeviceLostError, ortBackend, pageThreads, type OrtRuntime } from "../src/index.js";
import { pageBackend } from "./runtimes.js";

const x = input("x", [2, 3]);
const values = Float32Array.from([1, -2, 3, -4, 5, -6]);

describe("WASM in a page", () => {
  it("has threads in an isolated page, and says what others lack", async () => {
    expect(pageThreads()).toEqual({ threads: Math.min(4, Math.ceil(navigator.hardwareConcurrency / 2)) });
    const ort = await import("onnxruntime-web/wasm");
    await pageBackend("wasm").then((backend) => backend.compile(graph({ y: add(x, x) }), new Map()));
    expect(ort.env.wasm.numThreads).toBe(pageThreads().threads);
    const isolated = Object.getOwnPropertyDescriptor(globalThis, "crossOriginIsolated")!;
    Object.defineProperty(globalThis, "crossOriginIsolated", { value: false, configurable: true });
    try {
      expect(pageThreads()).toMatchObject({
        threads: 1,
        note: expect.stringMatching(/Cross-Origin-Opener-Policy/),
      });
      const backend = ortBackend({ ort, provider: "wasm", threads: 4 });
      await expect(backend.compile(graph({ y: add(x, x) }), new Map())).rejects.toThrow(
        /4 threads were asked for, but this page is not cross-origin isolated/,
      );
    } finally {
      Object.defineProperty(globalThis, "crossOriginIsolated", isolated);
    }
  });
});

describe("WebGPU in a page", () => {
  // The first of all: later ones keep sessions for downloads.
  it("keeps its device when its last program is disposed", async () => {
    const backend = await pageBackend("webgpu");
    const sum = graph({ y: add(x, x) });
    const first = await backend.compile(sum, new Map());
    backend.free((await first.run({ x: backend.upload(values, [2, 3]) }))["y"]!);
    first.dispose();
    await new Promise((resolve) => setTimeout(resolve, 500)); // a loss is told later
    const second = await backend.compile(sum, new Map());
    const { y } = await second.run({ x: backend.upload(values, [2, 3]) });
    expect(await backend.download(y!)).toEqual(values.map((value) => 2 * value));
    backend.free(y!);
    second.dispose();
  });

  it("keeps results in its memory between programs", async () => {
    const backend = await pageBackend("webgpu");
    const weight = Float32Array.from({ length: 9 }, (_, i) => (i % 4 === 0 ? 2 : 0));
    const weights = new Map([["w", weightFromArray(weight, [3, 3])]]);
    const encoder = await backend.compile(graph({ y: matMul(x, param("w", [3, 3])) }), weights);
    const head = await backend.compile(graph({ z: relu(x) }), new Map());
    const { y } = await encoder.run({ x: backend.upload(values, [2, 3]) });
    expect(y!.onnx.location).toBe("gpu-buffer");
    const { z } = await head.run({ x: y! });
    expect(z!.onnx.location).toBe("gpu-buffer");
    expect(await backend.download(z!)).toEqual(Float32Array.from([2, 0, 6, 0, 10, 0]));
    backend.free(y!);
    backend.free(z!);
    encoder.dispose();
    head.dispose();
  });

  it("says that its device is gone, at once and every time", async () => {
    const ort: OrtRuntime = await import("onnxruntime-web/webgpu");
    const backend = ortBackend({ ort, provider: "webgpu" });
    const program = await backend.compile(graph({ y: add(x, x) }), new Map());
    const { y } = await program.run({ x: backend.upload(values, [2, 3]) });
    const device = (await ort.env!.webgpu!.device) as { destroy(): void; lost: Promise<unknown> };
    device.destroy();
    await device.lost;
    const attempts = [
      program.run({ x: backend.upload(values, [2, 3]) }),
      backend.download(y!),
      backend.compile(graph({ y: add(x, x) }), new Map()),
    ];
    for (const attempt of attempts) {
      const error = await attempt.then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(DeviceLostError);
      expect(error).toMatchObject({ provider: "webgpu", reason: "destroyed" });
      expect(String(error)).toMatch(/start a new worker, or reload the page/);
    }
    backend.free(y!);
    program.dispose();
  });
});
