import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse as parseYaml } from "yaml";
import {
  configSchema,
  fromFolder,
  parseClassificationConfig,
  parseCtcConfig,
  parsePretrainingRunConfig,
  parseProbeConfig,
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
      augment: { gain: 3, recordings: { path: "musan/noise" } },
    };
    const config = fromFolder(parseCtcConfig(value), "/home/me");
    expect(config.data.train[0]!.path).toBe("/home/me/d");
    expect(config.init).toBe("facebook/wav2vec2-base");
    const recordings = { path: "/home/me/musan/noise", snr: [0, 15], probability: 1 };
    expect(config.augment).toEqual({ gain: 3, recordings });
    const { augment: _, ...without } = value;
    expect(fromFolder(parseCtcConfig(without), "/home/me").augment).toEqual({});
  });

  it.each([
    [{ path: "n", snr: [0] }, /augment\.recordings\.snr/],
    [{ path: "n", snr: [0, 1000] }, /augment\.recordings\.snr\.1/],
    [{ path: "n", probability: 1.5 }, /augment\.recordings\.probability/],
    [{ path: "n", level: 3 }, /augment\.recordings: Unrecognized key: "level"/],
    [{ snr: [0, 10] }, /augment\.recordings\.path/],
  ])("noise of %j is refused", (recordings, message) => {
    const least = { data: { train: [{ path: "x" }] }, optimizer: { rate: 1 }, updates: 1 };
    for (const parse of [parseCtcConfig, parsePretrainingRunConfig, parseClassificationConfig])
      expect(() => parse({ ...least, augment: { recordings } })).toThrow(message);
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

  it("probes/superb.yaml lists valid tasks", () => {
    const { tasks } = parseProbeConfig(read("probes/superb.yaml"));
    for (const { kind, config } of tasks)
      (kind === "ctc" ? parseCtcConfig : parseClassificationConfig)(read(`probes/${config}`), config);
    expect(tasks.map(({ name }) => name)).toEqual(["KS", "ER", "IC", "SF", "LID", "SID", "ASV", "ASR"]);
  });

  it.each([
    [
      { head: { kind: "xvector" }, target: { kind: "labels" } },
      /head: xvector does not fit target.kind labels/,
    ],
    [
      { loss: { kind: "binary" } },
      /loss: binary does not fit; expected cross-entropy or am-softmax or aam-softmax/,
    ],
    [
      { head: { kind: "sequence" }, loss: { kind: "am-softmax" } },
      /loss: am-softmax does not fit; expected cross-entropy/,
    ],
    [{ dropout: {} }, /dropout: has no effect on a frozen encoder/],
    [{ data: { train: [{ path: "x" }], dev: [{ path: "x" }], hold: {} } }, /hold and dev exclude each other/],
    [{ head: { kind: "xvector", dims: [8] } }, /dims, kernels and dilations differ in length/],
  ])("a classifier's %j is refused", (change, message) => {
    const least = { data: { train: [{ path: "x" }] }, optimizer: { rate: 1 }, updates: 1 };
    expect(parseClassificationConfig(least).target).toMatchObject({ kind: "class", column: "label" });
    expect(() => parseClassificationConfig({ ...least, ...change })).toThrow(message);
  });

  it.each(["ctc", "pretrain", "classify", "probe"] as const)(
    "%s.schema.json is what the code says",
    (kind) => {
      const file = readFileSync(new URL(`../../schema/${kind}.schema.json`, import.meta.url), "utf8");
      expect(JSON.parse(file)).toEqual(configSchema(kind));
    },
  );
});
