import { hasGoldens } from "@wav2vec/testkit";
import { describe, expect, it } from "vitest";
import { modelParity } from "../parity/model-parity.js";
import { readTinyModel, TINY_MODELS } from "../parity/tiny-model.js";
import { nodeDevices, tf } from "./node-devices.js";
import { tfjsBackend } from "./tfjs-backend.js";

describe.skipIf(!hasGoldens).each(TINY_MODELS)("%s", (name) => {
  it.each(nodeDevices)(
    "gives the library's logits on %s, alone and in a batch, and frees all",
    async (device) => {
      const model = await readTinyModel(name);
      await tf.setBackend(device);
      const before = tf.memory().numTensors;
      const parity = await modelParity(tfjsBackend({ tf, device }), model);
      console.info(`parity ${device} ${name}: ${JSON.stringify(parity)}`);
      expect(parity.alone).toBeLessThan(1e-4);
      expect(parity.batch).toBeLessThan(1e-4);
      if (parity.gradient !== undefined) expect(parity.gradient).toBeLessThan(1e-3);
      expect(tf.memory().numTensors).toBe(before);
    },
  );
});
