// Every file of the hostile collection gets what its manifest says, fast, in little memory, and nothing of it runs.
import { existsSync, readFileSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bindWeights } from "./binding.js";
import { WeightError } from "@wav2vec/core";
import { FormatError } from "./errors.js";
import { hasReference, referencePath } from "./fixtures/reference.js";
import { inspectWeights, type WeightFinding } from "./inspect-weights.js";
import { openCheckpoint } from "./open-checkpoint.js";

interface Case {
  readonly file: string;
  readonly expect: "accept" | "refuse" | "report" | "accept-or-refuse";
  readonly what: string;
}

/** A refusal takes milliseconds; the limit is generous to a busy machine. */
const SECONDS = 5;
/** Nothing may be allocated because a file claims to be large. */
const MEGABYTES = 100;

/** Files that are a model's config are the business of whoever reads configs. */
const cases: Case[] = hasReference
  ? (JSON.parse(readFileSync(referencePath("hostile/manifest.json"), "utf8")) as Case[]).filter(
      ({ file }) => !file.startsWith("json/config-"),
    )
  : [];

/** Opens a hostile file the way a user would: with its weights bound to a model that asks for exactly these. */
async function useWeights(path: string): Promise<WeightFinding[]> {
  const checkpoint = await openCheckpoint(path);
  try {
    const stored = [...checkpoint.weights].map(([name, { shape }]) => ({ name, shape }));
    const { weights } = bindWeights(stored, checkpoint);
    for (const weight of weights.values()) await weight.read();
    return await inspectWeights(checkpoint);
  } finally {
    await checkpoint.close();
  }
}

describe.skipIf(!hasReference)("a hostile file", () => {
  let folder: string;
  let cwd: string;
  beforeAll(async () => {
    cwd = process.cwd();
    folder = await mkdtemp(join(tmpdir(), "hostile-"));
    process.chdir(folder); // a payload writes `pwned` into the working folder
  });
  afterAll(async () => {
    process.chdir(cwd);
    await rm(folder, { recursive: true });
  });

  it("is one of 108 that are not a model's config", () => expect(cases.length).toBe(108));

  it.each(cases)("$file: $expect, $what", async ({ file, expect: expected }) => {
    const before = process.memoryUsage();
    const start = performance.now();
    let outcome: string;
    try {
      outcome = (await useWeights(await placed(file, folder))).length > 0 ? "report" : "accept";
    } catch (error) {
      if (!(error instanceof FormatError || error instanceof WeightError)) throw error;
      expect(error.message.length).toBeLessThan(2000);
      outcome = "refuse";
    }
    expect(expected === "accept-or-refuse" ? ["accept", "refuse"] : [expected]).toContain(outcome);
    expect((performance.now() - start) / 1000).toBeLessThan(SECONDS);
    const after = process.memoryUsage();
    expect(
      (after.heapTotal + after.arrayBuffers - before.heapTotal - before.arrayBuffers) / 2 ** 20,
    ).toBeLessThan(MEGABYTES);
    expect(existsSync(join(folder, "pwned"))).toBe(false);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

/** Indexes and vocabularies need files around them: the shard that indexes name, or good weights. */
async function placed(file: string, folder: string): Promise<string> {
  const path = referencePath("hostile", file);
  if (!file.startsWith("json/")) return path;
  const home = await mkdtemp(join(folder, "model-"));
  const weights = file.startsWith("json/index-") ? "model-00001-of-00002.safetensors" : "model.safetensors";
  await cp(referencePath("hostile/safetensors/good.safetensors"), join(home, weights));
  await cp(path, join(home, file.startsWith("json/index-") ? "model.safetensors.index.json" : "vocab.json"));
  return home;
}
