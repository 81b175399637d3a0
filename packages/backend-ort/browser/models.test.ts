import { describe, expect, inject, it } from "vitest";
import { modelParity } from "../../backend-tfjs/parity/model-parity.js";
import type { TinyModel } from "../../backend-tfjs/parity/tiny-model.js";
import { pageBackend, pageProviders } from "./runtimes.js";

const models = inject("tinyModels").map(
  (json) =>
    JSON.parse(json, (_key, value: unknown) =>
      typeof value === "object" && value !== null && "float32" in value
        ? Float32Array.from(value.float32 as number[]) // written by provideModels
        : value,
    ) as TinyModel,
);

describe.skipIf(models.length === 0).each(models)("$name", (model) => {
  it.each(pageProviders)("gives the library's logits on %s", async (provider) => {
    const parity = await modelParity(await pageBackend(provider), model);
    console.info(`parity ${provider} ${model.name}: ${JSON.stringify(parity)}`);
    expect(parity.alone).toBeLessThan(1e-3);
    expect(parity.batch).toBeLessThan(1e-3);
    if (parity.gradient !== undefined) expect(parity.gradient).toBeLessThan(2e-3);
  });
});
