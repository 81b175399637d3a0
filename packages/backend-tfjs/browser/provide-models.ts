// Runs in Node before the page opens: hands the tiny models to it as plain numbers.
import { hasGoldens } from "../../testkit/src/golden.js";
import type { TestProject } from "vitest/node";
import { readTinyModel, TINY_MODELS } from "../parity/tiny-model.js";

declare module "vitest" {
  export interface ProvidedContext {
    /** Tiny models as JSON in which typed arrays are `{ "float32": [...] }`; none without the reference data. */
    tinyModels: readonly string[];
  }
}

export default async function provideModels(project: TestProject): Promise<void> {
  const names = hasGoldens ? TINY_MODELS : [];
  const models = await Promise.all(names.map(readTinyModel));
  const encode = (_key: string, value: unknown) =>
    value instanceof Float32Array ? { float32: Array.from(value) } : value;
  project.provide(
    "tinyModels",
    models.map((model) => JSON.stringify(model, encode)),
  );
}
