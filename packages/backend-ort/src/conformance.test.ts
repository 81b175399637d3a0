import { testBackend } from "@wav2vec/testkit";
import * as ort from "onnxruntime-node";
import { ortBackend } from "./ort-backend.js";

const inLine = "ReduceSum adds one after the other in float32: 7e-5 off after 30,000 of a sign";

testBackend("ort on the CPU", () => ortBackend({ ort, threads: 1 }), {
  wrong: { "sum of many equal signs": inLine, "sum over the first of two axes, long": inLine },
  // The garbage collector frees results when it gets to them.
  memory: { bytes: () => process.memoryUsage.rss(), slack: 48e6 },
});
