// Recordings of several languages in one go, and languages found on the way, on the MMS reference model.
import { ortBackend } from "@wav2vec/backend-ort";
import type { Emissions } from "@wav2vec/decoders";
import { hasGoldens, openGolden, SHARED } from "@wav2vec/testkit";
import * as ort from "onnxruntime-node";
import { beforeAll, describe, expect, it } from "vitest";
import type { ChooseLanguage } from "./language-choice.js";
import { recogniseEach } from "./recognise-each.js";
import { createRecognizer, type Recognizer } from "./recognizer.js";
import { transcriberOf } from "./transcribers.js";

const MODEL = `${SHARED}/reference/models/wav2vec2-mms-adapter`;
const backend = ortBackend({ ort });
const windows = { windowSeconds: 0.5, contextSeconds: 0.2 };

const open = (chooseLanguage?: ChooseLanguage) =>
  createRecognizer({
    model: MODEL,
    backend,
    ...(chooseLanguage && { language: "auto", chooseLanguage }),
  });

describe.skipIf(!hasGoldens)("languages of recordings", () => {
  let clips: Float32Array[];
  beforeAll(async () => {
    const audio = await openGolden("audio");
    clips = await Promise.all([0, 1, 2].map(async (i) => (await audio.tensor(`clip${i}`)).data));
  });

  /** Texts of the clips, each by a recogniser of its own language alone. */
  async function textsAlone(recognizer: Recognizer, languages: readonly string[]): Promise<string[]> {
    const texts: string[] = [];
    for (const [i, language] of languages.entries()) {
      await recognizer.setLanguage(language);
      texts.push((await recognizer.transcribe(clips[i]!)).text);
    }
    return texts;
  }

  it("may be named one by one, and share a batch", async () => {
    const recognizer = await open();
    const languages = ["deu", "fra", "deu"];
    const together = await recognizer.transcribe(clips, { languages, batchSize: 3 });
    const alone = await textsAlone(recognizer, languages);
    expect(together.map(({ text }) => text)).toEqual(alone);
    expect(new Set(alone).size).toBe(3);
    recognizer.dispose();
  });

  it("are asked for once a recording, and are those it is written in", async () => {
    const asked: number[] = [];
    const recognizer = await open((samples, languages) => {
      expect([...languages].sort()).toEqual(["cmn-script_simplified", "deu", "eng", "fra"]);
      asked.push(samples.length);
      return Promise.resolve({ language: asked.length === 2 ? "deu" : "fra", probability: 0.75 });
    });
    const found = await recognizer.transcribe(clips, { batchSize: 2, ...windows });
    expect(asked).toEqual([9600, 14003, 11200]); // the last one has two windows
    expect(found.map(({ languages }) => languages)).toEqual([
      [{ start: 0, end: 0.6, language: "fra", probability: 0.75 }],
      [{ start: 0, end: 0.8751875, language: "deu", probability: 0.75 }],
      [{ start: 0, end: 1.304, language: "fra", probability: 0.75 }],
    ]);
    const named = await recognizer.transcribe(clips, { languages: ["fra", "deu", "fra"], ...windows });
    const words = ({ segments }: (typeof found)[number]) =>
      segments.flatMap((segment) => segment.words.map(({ start, end, text }) => [start, end, text]));
    expect(found.map(words)).toEqual(named.map(words));
    recognizer.dispose();
  });

  it("may change from window to window", async () => {
    let window = 0;
    const choices = [{ language: "fra", probability: 0.9 }, { language: "deu", probability: 0.6 }]; // prettier-ignore
    const recognizer = await open(() => Promise.resolve(choices[window++]));
    const { text, segments, languages } = await recognizer.transcribe(clips[2]!, {
      languageBy: "window",
      ...windows,
    });
    expect(languages).toEqual([
      { start: 0, end: 0.5, language: "fra", probability: 0.9 },
      { start: 0.5, end: 1.304, language: "deu", probability: 0.6 },
    ]);
    const french = await windowOf(recognizer, "fra", 0, 0.5);
    const german = await windowOf(recognizer, "deu", 1, 0.804);
    expect(text).toBe(`${french.text} ${german.text}`);
    const times = (list: typeof segments) => list.flatMap(({ words }) => words.map(({ start }) => start));
    const later = times(german.segments).map((start) => expect.closeTo(start + 0.5, 6) as number);
    expect(times(segments)).toEqual([...times(french.segments), ...later]);
    recognizer.dispose();
  });

  /** One window of clip 2 in one language, decoded by itself. */
  async function windowOf(recognizer: Recognizer, language: string, index: number, seconds: number) {
    await recognizer.setLanguage(language);
    const heard: Emissions[] = [];
    const collect = () => ({
      feed: (emissions: Emissions) => Promise.resolve(void heard.push(emissions)),
      finish: () => heard.length,
    });
    const source = { name: "clip2", blocks: [clips[2]!] };
    for await (const { error } of recogniseEach(recognizer.model, [source], collect, windows))
      expect(error).toBeUndefined();
    const transcriber = transcriberOf(recognizer.model);
    await transcriber.feed(heard[index]!);
    return transcriber.finish(seconds);
  }

  it("stay those of the body while nobody can tell", async () => {
    const recognizer = await open(() => Promise.resolve(undefined));
    const found = await recognizer.transcribe(clips[0]!);
    expect(found.languages).toEqual([]);
    const body = await open();
    expect(found.text).toBe((await body.transcribe(clips[0]!)).text);
    recognizer.dispose();
    body.dispose();
  });

  it("fail for one recording alone", async () => {
    const recognizer = await open((samples) =>
      samples.length === 14003
        ? Promise.reject(new Error("cannot tell"))
        : Promise.resolve({ language: "fra", probability: 1 }),
    );
    const outcomes = [];
    for await (const { index, error } of recognizer.transcribeEach(clips))
      outcomes.push([index, error?.message]);
    expect(outcomes).toEqual([[0, undefined], [1, "cannot tell"], [2, undefined]]); // prettier-ignore
    recognizer.dispose();
  });

  it.each([
    [{ languages: ["fra"] }, "languages has 1 codes for 3 recordings; expected one for each"],
    [{ languageBy: "window" }, 'languageBy is for a recogniser whose language is "auto"'],
  ] as const)("are refused as %j", async (options, message) => {
    const recognizer = await open();
    await expect(recognizer.transcribe(clips, options)).rejects.toThrow(message);
    recognizer.dispose();
  });

  it("are refused where nothing can find or hold them", async () => {
    await expect(createRecognizer({ model: MODEL, backend, language: "auto" })).rejects.toThrow(
      "there is nothing that identifies languages; expected chooseLanguage",
    );
    const model = `${SHARED}/reference/models/wav2vec2-base-ctc`;
    await expect(createRecognizer({ model, backend, language: "auto" })).rejects.toThrow(
      "the model has no language adapters",
    );
    const recognizer = await open(() => Promise.resolve({ language: "fra", probability: 1 }));
    const beam = { nbest: 2 };
    await expect(recognizer.transcribe(clips, { languageBy: "window", beam })).rejects.toThrow(
      "nbest is more than 1 with a language for each window",
    );
    await expect(recognizer.transcribe(clips, { languages: ["fra", "xxx", "fra"] })).rejects.toThrow(
      'has no vocabulary for language "xxx"',
    );
    recognizer.dispose();
  });
});
