import { testBackend } from "@wav2vec/testkit";
import * as ort from "onnxruntime-node";
import { expect, it } from "vitest";
import { ortBackend } from "./ort-backend.js";

const inLine = "ReduceSum adds one after the other in float32: 7e-5 off after 30,000 of a sign";

it("gives memory back when a tensor is freed, not when the garbage collector gets to it", () => {
  const backend = ortBackend({ ort });
  const tensor = backend.upload(new Float32Array(2 ** 20), [2 ** 20]);
  const memory = backend.hostMemory!(tensor); // on the CPU there is one
  expect(memory.length).toBe(2 ** 20);
  backend.free(tensor);
  expect(memory.length).toBe(0);
});

testBackend("ort on the CPU", () => ortBackend({ ort, threads: 1 }), {
  wrong: { "sum of many equal signs": inLine, "sum over the first of two axes, long": inLine },
  // The garbage collector frees small results when it gets to them.
  memory: { bytes: () => process.memoryUsage.rss(), slack: 48e6 },
});
