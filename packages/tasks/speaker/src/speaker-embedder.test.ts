import { ortBackend } from "@wav2vec/backend-ort";
import { expectClose, hasGoldens, openGolden, SHARED } from "@wav2vec/testkit";
import * as ort from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cosineSimilarity, createSpeakerEmbedder, type SpeakerEmbedder } from "./speaker-embedder.js";

const MODEL = `${SHARED}/reference/models/wav2vec2-xvector`;

describe.skipIf(!hasGoldens)("speaker embeddings", () => {
  let embedder: SpeakerEmbedder;
  let clips: Float32Array[];
  beforeAll(async () => {
    embedder = await createSpeakerEmbedder({ model: MODEL, backend: ortBackend({ ort }) });
    const audio = await openGolden("audio");
    clips = await Promise.all([0, 1, 2].map(async (i) => (await audio.tensor(`clip${i}`)).data));
  });
  afterAll(() => embedder?.dispose());

  it("are the reference's, and so are their cosines", async () => {
    const golden = await openGolden("wav2vec2-xvector");
    const embeddings = await Promise.all(clips.map((clip) => embedder.embed(clip)));
    for (const [i, { values }] of embeddings.entries()) {
      const { data, shape } = await golden.tensor(`clip${i}.embedding`);
      expectClose(values, data, 2e-4, shape);
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
    expect(await embedder.verify(clips[0]!, first, { threshold: 0.99 })).toEqual({ similarity: expect.closeTo(1, 6) as number, sameSpeaker: true }); // prettier-ignore
    expect((await embedder.verify(first, clips[1]!, { threshold: similarity + 1e-3 })).sameSpeaker).toBe(
      false,
    );
  });

  it("of different models are not compared", async () => {
    const own = await embedder.embed(clips[0]!);
    const other = { ...own, model: "another" };
    await expect(embedder.verify(own, other, { threshold: 0.5 })).rejects.toThrow(
      expect.objectContaining({ name: "SpeakerError", message: expect.stringContaining('the embedding is of "another"') as string }), // prettier-ignore
    );
    expect(() => cosineSimilarity(own, other)).toThrow("expected one model for both");
    await expect(embedder.verify(own, own, { threshold: 50 })).rejects.toThrow("threshold is 50");
  });

  it("need 16 frames: 0.1 s is refused, the shortest clip that is not has a finite embedding", async () => {
    await expect(embedder.embed(new Float32Array(1600))).rejects.toThrow(
      "has 1600 samples at 16 kHz; expected at least 5200 (325 ms)",
    );
    const { values } = await embedder.embed(clips[0]!.slice(0, 5200));
    expect(values.every(Number.isFinite)).toBe(true);
  });
});
