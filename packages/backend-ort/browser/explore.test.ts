import { expect, it } from "vitest";
import { add, graph, input } from "@wav2vec/core";
import * as ort from "onnxruntime-web/webgpu";
import { ortBackend } from "../src/index.js";

it("explores loss", async () => {
  console.info("isolated", crossOriginIsolated, "threads", ort.env.wasm.numThreads, navigator.hardwareConcurrency);
  const backend = ortBackend({ ort, provider: "webgpu" });
  const x = input("x", [2, 3]);
  const program = await backend.compile(graph({ y: add(x, x) }), new Map());
  const device = await ort.env.webgpu.device as any;
  console.info("device", device, device?.lost);
  const feed = () => backend.upload(new Float32Array([1, 2, 3, 4, 5, 6]), [2, 3]);
  const { y } = await program.run({ x: feed() });
  console.info("location", y!.onnx.location, ort.env.wasm.numThreads);
  device.lost.then((info: any) => console.info("LOST", info.reason, info.message));
  device.destroy();
  await new Promise((r) => setTimeout(r, 200));
  const attempt = async (what: string, work: () => Promise<unknown>) => {
    const t = setTimeout(() => console.info(what, "HANGS"), 5000);
    try { console.info(what, "ok", await Promise.race([work(), new Promise((_, j) => setTimeout(() => j(new Error("hang")), 6000))])); } catch (e) { console.info(what, "failed", String(e)); }
    clearTimeout(t);
  };
  await attempt("download", () => backend.download(y!));
  await attempt("run", async () => { const r = await program.run({ x: feed() }); return backend.download(r.y!); });
  await attempt("new session", async () => { const p = await backend.compile(graph({ y: add(x, x) }), new Map()); const r = await p.run({ x: feed() }); return backend.download(r.y!); });
  program.dispose();
  await attempt("new session after release", async () => { const p = await backend.compile(graph({ y: add(x, x) }), new Map()); const r = await p.run({ x: feed() }); return backend.download(r.y!); });
  const adapter = await (navigator as any).gpu.requestAdapter();
  const fresh = await adapter.requestDevice();
  await attempt("new device set", async () => { const b = ortBackend({ ort, provider: "webgpu" }); (ort.env.webgpu as any).device = fresh; const p = await b.compile(graph({ y: add(x, x) }), new Map()); const r = await p.run({ x: feed() }); return b.download(r.y!); });
  await attempt("device in option", async () => { const s = { ...ort, InferenceSession: { create: (m: any, o: any) => ort.InferenceSession.create(m, { ...o, executionProviders: [{ name: "webgpu", device: fresh }] }) } }; const b = ortBackend({ ort: s as any, provider: "webgpu" }); const p = await b.compile(graph({ y: add(x, x) }), new Map()); const r = await p.run({ x: feed() }); return b.download(r.y!); });
  expect(1).toBe(1);
}, 60000);
