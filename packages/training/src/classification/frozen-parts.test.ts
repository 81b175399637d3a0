import {
  logFilterBanks,
  parseConfig,
  parseHeadConfig,
  sequenceClassificationHead,
  xvectorHead,
  type Head,
} from "@wav2vec/core";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TINY } from "../fixtures/tone-speech.js";
import { createRandom } from "../random.js";
import { cutFrozen } from "./frozen-cut.js";
import { groupFolds } from "./group-folds.js";
import { mfccStatistics } from "./mfcc-statistics.js";
import type { ClipRow } from "./output-source.js";
import { openRowStore } from "./row-store.js";

describe("the frozen part of a head", () => {
  const config = parseConfig(TINY); // 2 layers of width 32
  const fields = { num_labels: 3, use_weighted_layer_sum: true, transformers_version: "5.0.0", tdnn_dim: [8], tdnn_kernel: [3], tdnn_dilation: [1] }; // prettier-ignore
  const shapesOf = (head: Head, isTrained: (name: string) => boolean) => {
    const { first } = cutFrozen(config, head, isTrained);
    const { outputs, params } = first;
    const shapes = Object.values(outputs).map(({ shape }) => shape.slice(1).map((dim) => (typeof dim === "number" ? dim : "frames"))); // prettier-ignore
    return { shapes, params: params.map(({ name }) => name) };
  };

  it("is a mean of each layer, one mean if the mix is fixed, or the states of a head over frames", () => {
    const sequence = sequenceClassificationHead(parseHeadConfig(fields));
    expect(shapesOf(sequence, () => true)).toEqual({ shapes: [[1, 32], [1, 32], [1, 32]], params: [] }); // prettier-ignore
    expect(shapesOf(sequence, (name) => name !== "layer_weights")).toEqual({ shapes: [[1, 32]], params: ["layer_weights"] }); // prettier-ignore
    const voices = shapesOf(xvectorHead(parseHeadConfig(fields)), () => true);
    expect(voices.shapes).toEqual([["frames", 32], ["frames", 32], ["frames", 32]]); // prettier-ignore
    // Frozen up to the statistics: those are what is kept.
    const upToStatistics = shapesOf(xvectorHead(parseHeadConfig(fields)), (name) => /^(classifier|feature_extractor)\./.test(name)); // prettier-ignore
    expect(upToStatistics.shapes).toEqual([[16]]);
  });
});

describe("kept rows", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "rows-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const clip = (x: number) => new Float32Array(100).fill(x);
  /** A store of rows of 400 bytes, and how many clips it computed. */
  async function open(identity = "model", folderBytes = 1e6) {
    const computed: number[] = [];
    const compute = (clips: readonly Float32Array[]) => {
      computed.push(...clips.map((x) => x[0]!));
      return Promise.resolve(clips.map((x): ClipRow => ({ frames: 7, parts: { "kept.0": { data: x.map((y) => 2 * y), shape: [10, 10] } } }))); // prettier-ignore
    };
    return {
      computed,
      store: await openRowStore({ folder, folderBytes, memoryBytes: 0, identity, compute }),
    };
  }

  it("are computed once for a recording and a model, by whoever asks first", async () => {
    const first = await open();
    const keys = await first.store.prepare([clip(1), clip(2), clip(1)]);
    expect(first.computed).toEqual([1, 2]);
    expect(keys[0]).toBe(keys[2]);
    const second = await open();
    await second.store.prepare([clip(2), clip(3)]);
    expect(second.computed).toEqual([3]);
    const row = await second.store.row(keys[1]!, () => Promise.reject(new Error("not needed")));
    expect(row).toMatchObject({ frames: 7, parts: { "kept.0": { shape: [10, 10] } } });
    expect(row.parts["kept.0"]!.data[99]).toBe(4);
    const other = await open("another model");
    await other.store.prepare([clip(2)]);
    expect(other.computed).toEqual([2]);
  });

  it("give way in a full folder, oldest first, and are computed again when they are gone or damaged", async () => {
    await rm(folder, { recursive: true });
    const { store, computed } = await open("model", 900); // two rows
    const [one] = await store.prepare([clip(1)]);
    const [two] = await store.prepare([clip(2)]);
    await store.row(one!, () => Promise.reject(new Error("not needed"))); // so that 2 is the oldest
    await store.prepare([clip(3)]);
    expect(await readdir(folder)).toHaveLength(2);
    expect(computed).toEqual([1, 2, 3]);
    expect((await store.row(two!, () => Promise.resolve(clip(2)))).parts["kept.0"]!.data[0]).toBe(4);
    expect(computed).toEqual([1, 2, 3, 2]);
    await writeFile(join(folder, `${one!}.safetensors`), "no more of it");
    expect((await store.row(one!, () => Promise.resolve(clip(1)))).parts["kept.0"]!.data[0]).toBe(2);
  });
});

describe("groupFolds", () => {
  it("keeps groups together, fills folds evenly, and repeats with the seed", () => {
    const groups = Array.from({ length: 90 }, (_, i) => `speaker${Math.floor(Math.sqrt(i))}`);
    const folds = groupFolds(groups, 3, createRandom(1));
    for (const group of new Set(groups))
      expect(new Set(folds.filter((_, i) => groups[i] === group)).size).toBe(1);
    const sizes = [0, 1, 2].map((fold) => folds.filter((own) => own === fold).length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(3);
    expect(groupFolds(groups, 3, createRandom(1))).toEqual(folds);
  });
});

describe("mfccStatistics", () => {
  it("are cepstra: loudness moves the mean of coefficient 0 alone, by ln 4 in each of 40 bins for twice the samples", () => {
    const random = createRandom(3);
    const samples = new Float32Array(8000).map((_, k) => 0.1 * Math.sin(k / 9 + (k * k) / 90_000) + 0.01 * random.normal()); // prettier-ignore
    const [once, twice] = [samples, samples.map((x) => 2 * x)].map(mfccStatistics) as [
      Float32Array,
      Float32Array,
    ];
    expect(once).toHaveLength(40);
    expect(twice[0]! - once[0]!).toBeCloseTo(Math.sqrt(40) * Math.log(4), 4);
    for (let i = 1; i < 40; i++) expect(twice[i]).toBeCloseTo(once[i]!, 4);
    const banks = logFilterBanks(samples, 40);
    const second = Array.from({ length: banks.length / 40 }, (_, frame) => {
      const bins = banks.subarray(40 * frame, 40 * frame + 40);
      return bins.reduce(
        (sum, x, k) => sum + Math.sqrt(2 / 40) * x * Math.cos((2 * Math.PI * (k + 0.5)) / 40),
        0,
      );
    });
    const mean = second.reduce((a, b) => a + b) / second.length;
    const deviation = Math.sqrt(second.reduce((sum, x) => sum + (x - mean) ** 2, 0) / second.length);
    expect(once[2]).toBeCloseTo(mean, 4);
    expect(once[22]).toBeCloseTo(deviation, 4);
  });
});
