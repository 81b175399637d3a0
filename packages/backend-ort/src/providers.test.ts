import { graph, input, mul } from "@wav2vec/core";
import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { BackendError } from "./backend-error.js";
import { ortBackend } from "./ort-backend.js";

const small = graph({ y: mul(input("x", [2]), 2) });

describe("providers", () => {
  it("say what to run when the CUDA libraries are not there", async ({ skip }) => {
    const outcome = await ortBackend({ ort, provider: "cuda" })
      .compile(small, new Map())
      .catch((reason: unknown) => reason);
    skip(typeof outcome === "object" && outcome !== null && "run" in outcome, "CUDA works on this machine");
    expect(outcome).toBeInstanceOf(BackendError);
    expect((outcome as BackendError).provider).toBe("cuda"); // checked above
    expect(String(outcome)).toMatch(
      /provider "cuda" did not start.*ONNXRUNTIME_NODE_INSTALL=cuda12.*rebuild/s,
    );
  });

  it("are named by the backend", () => {
    expect(ortBackend({ ort }).name).toBe("ort");
    expect(ortBackend({ ort, provider: "webgpu" }).name).toBe("ort:webgpu");
  });
});
