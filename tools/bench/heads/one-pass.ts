// Four heads on one pass of wav2vec2-base against one head, in turns.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openCheckpoint, type Checkpoint } from "@wav2vec/checkpoints";
import {
  clipGraph,
  featureInputs,
  frameClassificationHead,
  graph,
  headGraph,
  namedConfig,
  parseConfig,
  parseHeadConfig,
  regressionHead,
  scope,
  sequenceClassificationHead,
  xvectorHead,
  type Backend,
  type Head,
  type HeadConfig,
} from "@wav2vec/core";
import { headsOn, openEncoder, openHeads, type HeadSource } from "@wav2vec/heads";
import { noise, noiseWeights, writeModel } from "./synthetic-checkpoint.js";
import { inTurns, type Timings } from "./in-turns.js";

const SECONDS = 10;
const labels = (count: number) => ({
  id2label: Object.fromEntries(Array.from({ length: count }, (_, i) => [i, `label ${i}`])),
});

/** The published kinds of heads at their published sizes. */
const kinds: Readonly<Record<string, readonly [json: object, head: (config: HeadConfig) => Head]>> = {
  language: [{ ...labels(126), use_weighted_layer_sum: true }, sequenceClassificationHead],
  emotion: [labels(3), regressionHead],
  turns: [{ ...labels(2), use_weighted_layer_sum: true }, frameClassificationHead],
  speaker: [{ use_weighted_layer_sum: true }, xvectorHead],
};

/** @returns seconds of each round by contender */
export async function onePass(backend: Backend, rounds: number): Promise<Timings> {
  const folder = mkdtempSync(join(tmpdir(), "wav2vec-bench-"));
  try {
    const config = namedConfig("base");
    const { params } = clipGraph(
      headGraph(config, ({ last }) => ({ last })),
      false,
    );
    await writeModel(folder, {}, params); // every default is that of base
    const checkpoint = await openCheckpoint(folder);
    const heads = Object.fromEntries(
      Object.entries(kinds).map(([name, [json, make]]) => [name, headSource(checkpoint, json, make)]),
    );
    const { language } = heads as Record<"language", HeadSource>; // named above
    const one = await openHeads({ model: checkpoint, backend, heads: { language } });
    const four = await openHeads({ model: checkpoint, backend, heads });
    const encoder = await openEncoder({ model: checkpoint, backend });
    const fed = await Promise.all(
      Object.entries(heads).map(([name, head]) => headsOn(encoder, { [name]: head })),
    );
    const clip = noise(SECONDS * 16_000, 7);
    const timings = await inTurns(rounds, {
      "one head": () => one.run([clip]),
      "four heads, one program": () => four.run([clip]),
      "four heads, one after another on features": async () => {
        const features = await encoder.encode([clip], { layers: true });
        for (const head of fed) await head.run(features);
        features.dispose();
      },
    });
    for (const opened of [one, four, ...fed, encoder]) opened.dispose();
    await checkpoint.close();
    return timings;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function headSource(encoder: Checkpoint, json: object, make: (config: HeadConfig) => Head): HeadSource {
  const config = { ...encoder.config, ...json };
  const head = make(parseHeadConfig(config));
  const features = featureInputs(parseConfig(encoder.config), { layers: true, padded: true });
  const { params } = graph(head(features, scope()));
  return { model: { ...encoder, config, weights: noiseWeights(params) }, head: () => head };
}
