import { describe, expect, inject, it } from "vitest";
import { modelParity } from "../parity/model-parity.js";
import type { TinyModel } from "../parity/tiny-model.js";
import { tfjsBackend } from "../src/index.js";
import { pageDevices, tf } from "./devices.js";

const models = inject("tinyModels").map(
  (json) =>
    JSON.parse(json, (_key, value: unknown) =>
      typeof value === "object" && value !== null && "float32" in value
        ? Float32Array.from(value.float32 as number[]) // written by provideModels
        : value,
    ) as TinyModel,
);

describe.skipIf(models.length === 0).each(models)("$name", (model) => {
  it.each(pageDevices)("gives the library's logits on %s and frees all", async (device) => {
    await tf.setBackend(device);
    const before = tf.memory().numTensors;
    const parity = await modelParity(tfjsBackend({ tf, device }), model);
    console.info(`parity ${device} ${model.name}: ${JSON.stringify(parity)}`);
    expect(parity.alone).toBeLessThan(1e-3);
    expect(parity.batch).toBeLessThan(1e-3);
    if (parity.gradient !== undefined) expect(parity.gradient).toBeLessThan(2e-3);
    expect(tf.memory().numTensors).toBe(before);
  });
});
