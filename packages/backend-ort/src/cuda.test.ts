import { graph, input, neg } from "@wav2vec/core";
import { testBackend } from "@wav2vec/testkit";
import * as ort from "onnxruntime-node";
import { it } from "vitest";
import { ortBackend } from "./ort-backend.js";

process.env["NVIDIA_TF32_OVERRIDE"] = "0"; // cuBLAS and cuDNN otherwise round products to 10 bits of mantissa

const starts = await ortBackend({ ort, provider: "cuda" })
  .compile(graph({ y: neg(input("x", [])) }), new Map())
  .then(
    (program) => (program.dispose(), true),
    () => false,
  );

if (!starts) {
  it.skip("runs on CUDA: its libraries or a card are not there; see README.md", () => undefined);
} else {
  testBackend("ort on CUDA", () => ortBackend({ ort, provider: "cuda" }), {
    tolerance: 1e-5, // sums in another order, and coarser exponentials
    wrong: { "max beside minus infinity": "the provider gives the smallest float32 instead" },
  });
}
