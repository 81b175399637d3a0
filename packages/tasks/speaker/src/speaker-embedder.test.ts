import { ortBackend } from "@wav2vec/backend-ort";
import { openCheckpoint } from "@wav2vec/checkpoints";
import { expectClose, hasGoldens, openGolden, SHARED } from "@wav2vec/testkit";
import * as ort from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createScoreNorm } from "./score-norm.js";
import { createSpeakerEmbedder, type SpeakerEmbedder } from "./speaker-embedder.js";
import { cosineSimilarity, meanEmbedding } from "./speaker-embedding.js";

const MODEL = `${SHARED}/reference/models/wav2vec2-xvector`;
const ENCODER = `${SHARED}/reference/models/wav2vec2-lv60-ctc`;
const backend = ortBackend({ ort });

describe.skipIf(!hasGoldens)("speaker embeddings", () => {
  let embedder: SpeakerEmbedder;
  let clips: Float32Array[];
  beforeAll(async () => {
    embedder = await createSpeakerEmbedder({ model: MODEL, backend });
    const audio = await openGolden("audio");
    clips = await Promise.all([0, 1, 2].map(async (i) => (await audio.tensor(`clip${i}`)).data));
  });
  afterAll(() => embedder?.dispose());

  it("are the reference's, alone and as a batch, and so are their cosines", async () => {
    const golden = await openGolden("wav2vec2-xvector");
    const embeddings = await Promise.all(clips.map((clip) => embedder.embed(clip)));
    const together = await embedder.embedAll(clips);
    for (const [i, { values }] of embeddings.entries()) {
      const { data, shape } = await golden.tensor(`clip${i}.embedding`);
      expectClose(values, data, 2e-4, shape);
      expectClose(together[i]!.values, data, 2e-4, shape);
    }
    const { data } = await golden.tensor("cosine_to_clip0");
    expectClose(
      embeddings.map((embedding) => cosineSimilarity(embeddings[0]!, embedding)),
      data,
      2e-4,
    );
  });

  it("verify recordings and embeddings against a threshold", async () => {
    const first = await embedder.embed(clips[0]!);
    const { similarity, sameSpeaker } = await embedder.verify(first, clips[1]!, { threshold: 0.99 });
    expect(sameSpeaker).toBe(similarity >= 0.99);
    const same = await embedder.verify(clips[0]!, first, { threshold: 0.99 });
    expect(same).toMatchObject({ similarity: expect.closeTo(1, 6) as number, sameSpeaker: true });
    expect((await embedder.verify(first, clips[1]!, { threshold: similarity + 1e-3 })).sameSpeaker).toBe(
      false,
    );
  });

  it("verify by a calibration: the ratio, and a decision that costs move", async () => {
    const [a, b] = await embedder.embedAll(clips.slice(0, 2));
    const similarity = cosineSimilarity(a!, b!);
    const line = { equalErrorRate: { rate: 0, threshold: 0 }, logLikelihoodRatioCost: 0 };
    const calibration = { ...line, scale: 10, offset: 0.5 - 10 * similarity };
    const verify = (costs: object) => embedder.verify(a!, b!, { calibration, costs });
    const { logLikelihoodRatio, sameSpeaker } = await verify({});
    expect(logLikelihoodRatio).toBeCloseTo(0.5, 9);
    expect(sameSpeaker).toBe(true); // as likely as not, so 0 decides
    expect((await verify({ targetPrior: 0.01 })).sameSpeaker).toBe(false); // log 99 decides
    expect((await verify({ targetPrior: 0.01, missCost: 100 })).sameSpeaker).toBe(true);
    await expect(verify({ targetPrior: 1 })).rejects.toThrow("targetPrior is 1");
  });

  it("verify by a normalised score if there is a cohort", async () => {
    const [a, b, c] = await embedder.embedAll(clips);
    const scoreNorm = createScoreNorm([a!, b!, c!]);
    const { score, similarity, sameSpeaker } = await embedder.verify(a!, b!, { threshold: -50, scoreNorm });
    expect(score).toBe(scoreNorm.score(a!, b!));
    expect(score).not.toBeCloseTo(similarity, 3);
    expect(sameSpeaker).toBe(true);
    await expect(embedder.verify(a!, b!, { threshold: NaN, scoreNorm })).rejects.toThrow("expected a finite number"); // prettier-ignore
    const calibration = { scale: 1, offset: 0, equalErrorRate: { rate: 0, threshold: 0 }, logLikelihoodRatioCost: 0 }; // prettier-ignore
    await expect(embedder.verify(a!, b!, { calibration, scoreNorm })).rejects.toThrow(
      "the calibration is of cosines",
    );
    await expect(embedder.verify(a!, b!, { calibration: { ...calibration, scoreNorm } })).rejects.toThrow("and is to judge cosines"); // prettier-ignore
  });

  it("of another model are refused wherever it lies, those of a copy are not", async () => {
    const own = await embedder.embed(clips[0]!);
    const copy = await createSpeakerEmbedder({
      model: await openCheckpoint(`${MODEL}/model.safetensors`),
      backend,
    });
    expect((await embedder.verify(own, await copy.embed(clips[0]!), { threshold: 0.5 })).similarity).toBeCloseTo(1, 6); // prettier-ignore
    const pooled = await createSpeakerEmbedder({ model: ENCODER, backend, pooledLayer: 1 });
    const foreign = await pooled.embed(clips[0]!);
    const refusal = { name: "SpeakerError", message: expect.stringContaining("got embeddings of two models") as string }; // prettier-ignore
    await expect(embedder.verify(own, foreign, { threshold: 0.5 })).rejects.toThrow(expect.objectContaining(refusal)); // prettier-ignore
    expect(() => cosineSimilarity(own, foreign)).toThrow(expect.objectContaining(refusal));
    expect(() => meanEmbedding([own, foreign])).toThrow(expect.objectContaining(refusal));
    await expect(embedder.verify(own, own, { threshold: 50 })).rejects.toThrow("threshold is 50");
    copy.dispose();
    pooled.dispose();
  });

  it("tell a fine-tuned model from the one it came from by one bias", async () => {
    const checkpoint = await openCheckpoint(MODEL);
    const key = "encoder.layers.0.layer_norm.bias";
    const handle = checkpoint.weights.get(key)!; // the reference model has two layers
    const { location: _own, ...rest } = handle;
    const nudged = {
      ...rest,
      read: async () => (await handle.read()).map((x, i) => (i === 0 ? x + 1e-3 : x)),
    };
    const weights = new Map([...checkpoint.weights, [key, nudged]]);
    const tuned = await createSpeakerEmbedder({ model: { ...checkpoint, weights }, backend });
    expect(tuned.model).toBe(embedder.model);
    expect(tuned.fingerprint).not.toBe(embedder.fingerprint);
    tuned.dispose();
    await checkpoint.close();
  });

  it("can be the mean and deviation of any layer", async () => {
    const pooled = await createSpeakerEmbedder({ model: ENCODER, backend, pooledLayer: 1 });
    const { data, shape } = await (await openGolden("wav2vec2-lv60-ctc")).tensor("clip0.hidden.1");
    const [frames, width] = shape as [number, number]; // [frames, dim]
    const column = (k: number) => Array.from({ length: frames }, (_, i) => data[i * width + k]!);
    const mean = (x: readonly number[]) => x.reduce((a, b) => a + b, 0) / x.length;
    const means = Array.from({ length: width }, (_, k) => mean(column(k)));
    const deviations = means.map((m, k) =>
      Math.sqrt((mean(column(k).map((x) => (x - m) ** 2)) * frames) / (frames - 1)),
    );
    expectClose((await pooled.embed(clips[0]!)).values, [...means, ...deviations], 2e-4);
    pooled.dispose();
    const wrong = createSpeakerEmbedder({ model: ENCODER, backend, pooledLayer: 3 });
    await expect(wrong).rejects.toThrow("pooledLayer is 3; expected 0 to 2");
  });

  it("need 16 frames: 0.1 s is refused, the shortest clip that is not has a finite embedding", async () => {
    await expect(embedder.embed(new Float32Array(1600))).rejects.toThrow(
      "has 1600 samples at 16 kHz; expected at least 5200 (325 ms)",
    );
    expect(embedder.leastSamples).toBe(5200);
    const { values } = await embedder.embed(clips[0]!.slice(0, 5200));
    expect(values.every(Number.isFinite)).toBe(true);
    const silence = await embedder.embed(new Float32Array(16_000));
    expect(silence.values.every(Number.isFinite)).toBe(true);
  });

  it("need an x-vector head, unless a layer is pooled", async () => {
    await expect(createSpeakerEmbedder({ model: ENCODER, backend })).rejects.toThrow(
      /missing: .*"tdnn.0.kernel.weight"/,
    );
  });
});
