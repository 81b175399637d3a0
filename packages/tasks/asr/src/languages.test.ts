// The MMS reference model: four languages with vocabularies of different sizes on one encoder.
import { ortBackend } from "@wav2vec/backend-ort";
import { openCheckpoint } from "@wav2vec/checkpoints";
import { reference, type Backend } from "@wav2vec/core";
import { expectClose, hasGoldens, openGolden, SHARED } from "@wav2vec/testkit";
import * as ort from "onnxruntime-node";
import { beforeAll, describe, expect, it } from "vitest";
import { logSoftmaxRows } from "./fixtures/log-softmax-rows.js";
import { languagesOf } from "./multilingual-model.js";
import { createRecognizer, type Recognizer } from "./recognizer.js";

const MODEL = `${SHARED}/reference/models/wav2vec2-mms-adapter`;
const languages = ["fra", "deu", "cmn-script_simplified", "eng"];
/** Largest difference relative to the scale: float64 rounds like the goldens, float32 adds in another order. */
const backends: [name: string, backend: () => Backend, tolerance: number][] = [
  ["reference", () => reference, 1e-4],
  ["ort", () => ortBackend({ ort }), 2e-4],
];

type GreedyGolden = readonly { readonly text: string }[];

describe.skipIf(!hasGoldens).each(backends)("language adapters on %s", (_name, makeBackend, tolerance) => {
  const backend = makeBackend();
  let clips: Float32Array[];
  beforeAll(async () => {
    const audio = await openGolden("audio");
    clips = [(await audio.tensor("clip0")).data, (await audio.tensor("clip1")).data];
  });

  /** Compares alone and in a batch with the padded golden's own frames. */
  async function expectLanguage({ model }: Recognizer, key: string): Promise<void> {
    const golden = await openGolden("wav2vec2-mms-adapter");
    const { data, shape } = await golden.tensor(key);
    const [, frames, symbols] = shape as readonly [number, number, number];
    const batch = await model.emissions(clips);
    for (const [i, clip] of clips.entries()) {
      const [alone] = await model.emissions([clip]);
      const start = i * frames * symbols;
      const own = data.subarray(start, start + batch[i]!.frames * symbols);
      for (const emissions of [alone!, batch[i]!]) {
        expect(emissions.symbols).toBe(symbols);
        expectClose(
          emissions.data,
          logSoftmaxRows(own, symbols),
          tolerance,
          [emissions.frames, symbols],
          key,
        );
      }
    }
  }

  it("give each language's logits and text, one after another on one encoder", async () => {
    const recognizer = await createRecognizer({ model: MODEL, backend, language: "fra" });
    expect([...recognizer.languages].sort()).toEqual([...languages].sort());
    const golden = (await openGolden("wav2vec2-mms-adapter")).json as Record<string, GreedyGolden>;
    for (const language of [...languages, "deu"]) {
      await recognizer.setLanguage(language);
      await expectLanguage(recognizer, `${language}.logits`);
      const transcripts = await recognizer.transcribe(clips);
      // HF writes one space for each delimiter, also where blanks part two of them.
      expect(transcripts.map(({ text }) => text)).toEqual(
        golden[`${language}.greedy`]!.map((greedy) => greedy.text.replace(/ +/g, " ")),
      );
    }
    recognizer.dispose();
  });

  it("give each row of a batch its own language, as if it were alone", async () => {
    const checkpoint = await openCheckpoint(MODEL);
    const model = await languagesOf(checkpoint, backend);
    const golden = await openGolden("wav2vec2-mms-adapter");
    const rows = [
      { clip: 1, language: "cmn-script_simplified" },
      { clip: 0, language: "fra" },
      { clip: 1, language: "deu" },
      { clip: 0, language: undefined },
      { clip: 1, language: "fra" },
    ];
    const emissions = await model.emissions(
      rows.map(({ clip }) => clips[clip]!),
      rows.map(({ language }) => language),
    );
    for (const [i, { clip, language }] of rows.entries()) {
      const key = `${language ?? "default"}.logits`;
      const { data, shape } = await golden.tensor(key);
      const [, frames, symbols] = shape as readonly [number, number, number];
      const { frames: own } = emissions[i]!;
      expect([own, emissions[i]!.symbols]).toEqual([clip === 0 ? 29 : 43, symbols]);
      const start = clip * frames * symbols;
      const expected = logSoftmaxRows(data.subarray(start, start + own * symbols), symbols);
      expectClose(emissions[i]!.data, expected, tolerance, [own, symbols], key);
    }
    model.dispose();
    await checkpoint.close();
  });

  it("are those of the body where no language is named", async () => {
    const recognizer = await createRecognizer({ model: MODEL, backend });
    await expectLanguage(recognizer, "default.logits");
    recognizer.dispose();
  });
});

describe.skipIf(!hasGoldens)("switching languages", () => {
  it("lets what has begun end in its language", async () => {
    const clip = (await (await openGolden("audio")).tensor("clip0")).data;
    const recognizer = await createRecognizer({ model: MODEL, backend: reference, language: "fra" });
    const { text } = await recognizer.transcribe(clip);
    const begun = recognizer.transcribeEach([clip]);
    await recognizer.setLanguage("deu");
    for await (const { transcript } of begun) expect(transcript!.text).toBe(text);
    expect((await recognizer.transcribe(clip)).text).not.toBe(text);
    recognizer.dispose();
  });

  it("refuses a language that the model has not, and stays with the one it had", async () => {
    const checkpoint = await openCheckpoint(MODEL);
    const recognizer = await createRecognizer({ model: checkpoint, backend: reference, language: "fra" });
    const before = recognizer.model;
    await expect(recognizer.setLanguage("xxx")).rejects.toThrow(
      expect.objectContaining({
        name: "FormatError",
        message: expect.stringContaining(
          'has no vocabulary for language "xxx"; it has eng, fra, deu',
        ) as string,
      }),
    );
    expect(recognizer.model).toBe(before);
    recognizer.dispose();
    await checkpoint.close();
    const other = `${SHARED}/reference/models/wav2vec2-base-ctc`;
    await expect(createRecognizer({ model: other, backend: reference, language: "fra" })).rejects.toThrow(
      "it has no language adapters",
    );
  });
});
