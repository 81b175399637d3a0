import { testBackend } from "@wav2vec/testkit/browser";
import { pageBackend } from "./runtimes.js";

const [wasm, webgpu] = [await pageBackend("wasm"), await pageBackend("webgpu")];

testBackend("ort on WASM", () => wasm);
testBackend("ort on WebGPU in a page", () => webgpu, {
  tolerance: 5e-4, // WGSL allows sin and cos an error of 2^-11: https://www.w3.org/TR/WGSL/#floating-point-accuracy
  wrong: { "log of zero": "WGSL leaves it open; drivers give a large negative number" },
});
