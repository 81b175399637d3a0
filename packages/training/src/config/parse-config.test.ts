import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse as parseYaml } from "yaml";
import {
  configSchema,
  fromFolder,
  parseCtcConfig,
  parsePretrainingRunConfig,
  scheduleOf,
} from "./parse-config.js";

const recipes = new URL("../../recipes/", import.meta.url);
const read = (name: string): unknown => parseYaml(readFileSync(new URL(name, recipes), "utf8"));
const isPretraining = (name: string) => name.startsWith("pretrain");

describe("configurations", () => {
  it("names every mistake at once, unknown keys among them", () => {
    const wrong = { data: { train: [{ path: "x", spilt: "train" }] }, optimizer: { rate: -1 }, updats: 5 };
    expect(() => parseCtcConfig(wrong, "my.yaml")).toThrow(
      /my\.yaml: 4 mistakes[^]*data\.train\.0: Unrecognized key: "spilt"[^]*optimizer\.rate: [^]*updates: [^]*\(top\): Unrecognized key: "updats"/,
    );
    const both = {
      data: { train: [{ path: "x" }] },
      optimizer: { rate: 1 },
      updates: 1,
      init: "a",
      model: {},
    };
    expect(() => parseCtcConfig(both)).toThrow(/init and model exclude each other/);
  });

  it("takes paths from the file's folder, and leaves Hugging Face ids", () => {
    const value = {
      data: { train: [{ path: "d" }] },
      optimizer: { rate: 1 },
      updates: 1,
      init: "facebook/wav2vec2-base",
    };
    const config = fromFolder(parseCtcConfig(value), "/home/me");
    expect(config.data.train[0]!.path).toBe("/home/me/d");
    expect(config.init).toBe("facebook/wav2vec2-base");
  });

  it.each(readdirSync(recipes).filter((name) => name.endsWith(".yaml")))("%s is a valid recipe", (name) => {
    const config = isPretraining(name)
      ? parsePretrainingRunConfig(read(name), name)
      : parseCtcConfig(read(name), name);
    const rates = [0, 1, 0.1 * config.updates, config.updates / 2, config.updates].map((step) =>
      scheduleOf(config)(Math.floor(step)),
    );
    expect(Math.max(...rates)).toBeLessThanOrEqual(config.optimizer.rate);
    expect(rates.every((rate) => rate >= 0)).toBe(true);
  });

  it.each(["ctc", "pretrain", "classify"] as const)("%s.schema.json is what the code says", (kind) => {
    const file = readFileSync(new URL(`../../schema/${kind}.schema.json`, import.meta.url), "utf8");
    expect(JSON.parse(file)).toEqual(configSchema(kind));
  });
});
