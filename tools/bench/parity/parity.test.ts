import * as tf from "@tensorflow/tfjs-core";
import { hasGoldens } from "@wav2vec/testkit";
import { describe, expect, it } from "vitest";
import { matrix } from "./matrix.js";
import { measureParity } from "./measure-parity.js";
import { nodeBackends } from "./node-backends.js";
import { parityCases } from "./parity-cases.js";

const models = ["wav2vec2-base-ctc", "wav2vec2-mms-adapter"];

describe.skipIf(!hasGoldens).each(["tfjs wasm"])("%s", (name) => {
  it.each(models)("gives the Python library's logits and gradients of %s and frees all", async (model) => {
    const [row] = await parityCases((each) => each === model);
    const backend = await nodeBackends[name]!(); // one of its names
    const before = tf.memory().numTensors;
    const { outputs, gradients } = await measureParity(backend!, row!); // both are there
    expect(outputs).toBeLessThan(1e-4);
    expect(gradients).toBeLessThan(1e-3);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("matrix", () => {
  it("shows every backend and model, and names what is over a limit or did not run", () => {
    const { text, failures } = matrix(
      [
        { backend: "a", model: "m", outputs: 2e-5, gradients: 3e-3 },
        { backend: "b", model: "m", outputs: NaN },
        { backend: "b", model: "n", error: "no memory" },
      ],
      { ort: "1.0" },
    );
    expect(text).toContain("| model | a | b |\n|---|---|---|\n| m | 2e−5 | NaN |\n| n |  | failed |");
    expect(failures).toEqual([
      "a, m: gradients are 0.003 off",
      "b, m: outputs are NaN off",
      "b, n: no memory",
    ]);
  });
});
