import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { acousticModel, recogniseEach, sourceOf, transcriberOf, type AcousticModel } from "@wav2vec/asr";
import { readAudio } from "@wav2vec/audio";
import { ortBackend } from "@wav2vec/backend-ort";
import { openCheckpoint, type Checkpoint } from "@wav2vec/checkpoints";
import { characterErrorRate } from "@wav2vec/decoders";
import * as ort from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LabelledClip, LessonUpdate } from "../protocol.js";
import { lessonClips } from "./lesson-clips.js";
import { startLesson } from "./lesson.js";
import { unzipped } from "./zip-folder.js";

const examples = fileURLToPath(new URL("../../../../../examples/", import.meta.url));
const backend = ortBackend({ ort, threads: 1 });
let checkpoint: Checkpoint;
let model: AcousticModel;
beforeAll(async () => {
  checkpoint = await openCheckpoint(fileURLToPath(new URL("../../../../../models/en-tiny", import.meta.url)));
  model = await acousticModel(checkpoint, backend);
});
afterAll(async () => {
  model.dispose();
  await checkpoint.close();
});

async function clip(name: string): Promise<LabelledClip> {
  const { samples } = await readAudio(`${examples}${name}.wav`);
  return { name, samples, text: readFileSync(`${examples}${name}.txt`, "utf8").trim().toLowerCase() };
}

async function textOf(by: AcousticModel, samples: Float32Array): Promise<string> {
  for await (const outcome of recogniseEach(by, [sourceOf(samples)], () => transcriberOf(by), {})) {
    if (outcome.error) throw outcome.error;
    return outcome.transcript.text;
  }
  throw new Error("no outcome");
}

describe("a lesson", () => {
  it("teaches words, stops when asked, goes on, and saves what other code reads the same", async () => {
    const clips = await Promise.all(["play-music-1", "play-music-2", "lights-on-1", "lights-on-2"].map((name) => clip(`words/${name}`))); // prettier-ignore
    const known = [await clip("audio/command")];
    const lesson = await startLesson(checkpoint, model, backend, clips, { known });
    expect(lesson.texts).toEqual(["PLAY MUSIC", "PLAY MUSIC", "LIGHTS ON", "LIGHTS ON"]);
    expect(lesson.learning).toBeGreaterThan(4e6);
    const updates: LessonUpdate[] = [];
    const stop = new AbortController();
    await lesson.train(100, stop.signal, (update) => {
      updates.push(update);
      if (updates.length === 3) stop.abort();
    });
    expect(updates.map(({ update }) => update)).toEqual([1, 2, 3]);
    await lesson.train(15, new AbortController().signal, (update) => void updates.push(update));
    expect(updates.at(-1)!.update).toBe(18);
    expect(updates.at(-1)!.loss).toBeLessThan(0.5 * updates[0]!.loss);

    const { samples, text } = await clip("words/play-music-test"); // not among those it learnt from
    const rate = (hypothesis: string) => characterErrorRate([{ reference: text.toUpperCase(), hypothesis }]);
    const taught = await textOf(await lesson.taught(), samples);
    expect(rate(await textOf(model, samples))).toBeGreaterThan(0.5);
    expect(rate(taught)).toBeLessThan(0.25);
    expect(await textOf(await lesson.taught(), known[0]!.samples)).toBe("ENTER SIXTY SEVEN");

    const zip = new File([await lesson.zip("taught")], "taught.zip");
    const saved = await openCheckpoint(await unzipped([zip]));
    expect(saved.vocabulary!.tokens).toEqual(checkpoint.vocabulary!.tokens);
    expect([...saved.weights.keys()].sort()).toEqual([...checkpoint.weights.keys()].sort());
    const reopened = await acousticModel(saved, backend);
    expect(await textOf(reopened, samples)).toBe(taught);
    reopened.dispose();
    lesson.dispose();
  }, 180_000);

  it("names every clip that cannot be learnt", async () => {
    const long = new Float32Array(21 * 16_000);
    const short = new Float32Array(3200);
    const given = [
      { name: "one", samples: long.subarray(0, 16_000), text: "costs 5 €" },
      { name: "two", samples: long.subarray(0, 16_000), text: "  " },
      { name: "three", samples: long, text: "long" },
      { name: "four", samples: short, text: "far too many letters" },
      { name: "five", samples: long.subarray(0, 16_000), text: "Don't, please!" },
    ];
    const failure = await lessonClips(given, model).catch((error: unknown) => error as Error); // thrown by ours
    expect(failure).toMatchObject({ name: "LessonError" });
    const lines = (failure as Error).message.split("\n"); // as above
    expect(lines).toEqual([
      expect.stringMatching(
        /^one: the model has no symbol for "5", "€"; write the words as they sound with ' A B C/,
      ),
      "two: has no text; write down what is said in it",
      "three: lasts 21.0 s; expected 20 s at most; cut it",
      "four: lasts 0.20 s, too short for its 20 letters; check that text and recording belong together",
    ]);
    const [five] = await lessonClips(given.slice(4), model);
    expect(five!.text).toBe("DON'T PLEASE");
    await expect(lessonClips([], model)).rejects.toThrow("lesson: got no clips");
  });
});
