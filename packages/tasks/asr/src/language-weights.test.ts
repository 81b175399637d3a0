import { openCheckpoint, openLanguage } from "@wav2vec/checkpoints";
import { parseConfig, reference, type Backend, type TypedArray } from "@wav2vec/core";
import { hasGoldens, SHARED } from "@wav2vec/testkit";
import { describe, expect, it } from "vitest";
import { encoderParams } from "./acoustic-model.js";
import { adapterParams, uploadLanguage } from "./language-weights.js";

const MODEL = `${SHARED}/reference/models/wav2vec2-mms-adapter`;

/** What is uploaded for a language: the very arrays, adapter first. */
async function uploadsOf(language: string, { reversed = false } = {}) {
  const checkpoint = await openCheckpoint(MODEL);
  const speaking = await openLanguage(checkpoint, language);
  const config = parseConfig(speaking.config);
  const inFileOrder = adapterParams(encoderParams(config), checkpoint.weights);
  const adapter = reversed ? inFileOrder.toReversed() : inFileOrder;
  const arrays: TypedArray[] = [];
  const upload: Backend["upload"] = (data, shape) => {
    arrays.push(data);
    return reference.upload(data, shape);
  };
  await uploadLanguage(speaking, config, adapter, { ...reference, upload });
  const weights = await Promise.all(adapter.map(({ name }) => speaking.weights.get(name)!.read()));
  const expected = weights.flatMap((values) => [...values]);
  await speaking.close();
  await checkpoint.close();
  return { packed: arrays[0]!, headWeight: arrays[1]!, expected };
}

describe.skipIf(!hasGoldens)("a language's weights", () => {
  it("are uploaded from where they were read when the adapter is ordered like the body", async () => {
    const { packed, headWeight, expected } = await uploadsOf("fra");
    expect([...packed]).toEqual(expected);
    expect(packed.buffer).toBe(headWeight.buffer); // the file's bytes
  });

  it.each([
    ["deu", false], // a .bin: its tensors have gaps between them
    ["deu", true],
    ["fra", true],
  ])("are packed when they lie otherwise: %s, reversed %s", async (language, reversed) => {
    const { packed, headWeight, expected } = await uploadsOf(language, { reversed });
    expect([...packed]).toEqual(expected);
    expect(packed.buffer).not.toBe(headWeight.buffer);
  });
});
