import { openCheckpoint } from "@wav2vec/checkpoints";
import {
  dense,
  defineHead,
  maskedMean,
  parseHeadConfig,
  reference,
  sequenceClassificationHead,
} from "@wav2vec/core";
import { expectClose, hasGoldens, openGolden, SHARED } from "@wav2vec/testkit";
import { describe, expect, it } from "vitest";
import { openHead } from "./open-head.js";
import { rankedScores } from "./probabilities.js";
import { piecesOf } from "./recording.js";

const MODEL = `${SHARED}/reference/models/wav2vec2-sequence-classification`;

describe.skipIf(!hasGoldens)("openHead", () => {
  const open = () =>
    openHead({
      model: MODEL,
      backend: reference,
      head: ({ config }) => sequenceClassificationHead(parseHeadConfig(config)),
    });

  it("binds a checkpoint strictly, also where the head leaves the final norm out, and answers each recording", async () => {
    const opened = await open();
    const audio = await openGolden("audio");
    const golden = await openGolden("wav2vec2-sequence-classification");
    const clips = await Promise.all(["clip0", "clip1"].map(async (name) => (await audio.tensor(name)).data));
    for (const [i, { logits }] of (await opened.run(clips)).entries()) {
      const { data, shape } = await golden.tensor(`clip${i}.weighted.logits`);
      expectClose(logits.data, data, 1e-4, shape);
    }
    opened.dispose();
  });

  it("works through a recording piece by piece", async () => {
    const opened = await open();
    const { data } = await (await openGolden("audio")).tensor("clip2");
    const pieces = [];
    for await (const piece of opened.timeline(data, { windowSeconds: 0.5, hopSeconds: 0.4 }))
      pieces.push(piece);
    expect(pieces.map(({ start, end }) => [start, end])).toEqual([[0, 0.5], [0.4, 0.9], [0.8, 1.3], [0.804, 1.304]]); // prettier-ignore
    const [alone] = await opened.run([data.subarray(6400, 14400)]);
    expect(pieces[1]!.outputs.logits.data).toEqual(alone!.logits.data);
    opened.dispose();
  });

  it.each<[string, Float32Array, string]>([
    [
      "300 samples",
      new Float32Array(300),
      'audio: "samples" has 300 samples at 16 kHz; expected at least 400 (25 ms)',
    ],
    ["infinity", new Float32Array(800).fill(Infinity), 'audio: "samples" has Infinity at sample 0'],
  ])("refuses %s", async (_what, samples, message) => {
    const opened = await open();
    await expect(opened.run([samples])).rejects.toThrow(message);
    opened.dispose();
  });

  it("lists what does not fit when config and head disagree", async () => {
    const checkpoint = await openCheckpoint(MODEL);
    const wrong = {
      ...checkpoint,
      config: { ...checkpoint.config, id2label: { 0: "a" } },
    };
    const head = ({ config }: { config: unknown }) => sequenceClassificationHead(parseHeadConfig(config));
    await expect(openHead({ model: wrong, backend: reference, head })).rejects.toThrow(
      /"classifier.weight" is \[5, 24\] in the file, \[1, 24\] in the model/,
    );
    const other = defineHead(({ last, frameCounts }, at) => ({
      y: dense(maskedMean(last, frameCounts), at.scope("nothing"), 2),
    }));
    await expect(openHead({ model: checkpoint, backend: reference, head: () => other })).rejects.toThrow(
      'missing: "nothing.weight"',
    );
    await checkpoint.close();
  });
});

describe("pieces and scores", () => {
  it("keep a short recording whole and refuse windows that are none", () => {
    expect(piecesOf(new Float32Array(1000), 400)).toMatchObject([{ start: 0, end: 0.0625 }]);
    expect(() => piecesOf(new Float32Array(1000), 400, { windowSeconds: 0.01 })).toThrow(
      "windowSeconds is 0.01",
    );
    expect(() => piecesOf(new Float32Array(1000), 400, { hopSeconds: 0 })).toThrow("hopSeconds 0");
  });

  it("rank labels by probability", () => {
    const scores = rankedScores([1000, 1000 + Math.log(3)], ["a", "b"]);
    expect(scores.map(({ label }) => label)).toEqual(["b", "a"]);
    expect(scores[0]!.probability).toBeCloseTo(0.75, 12);
  });
});
