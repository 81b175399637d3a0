import { fileURLToPath } from "node:url";
import { readAudio } from "@wav2vec/audio";
import { ortBackend } from "@wav2vec/backend-ort";
import type { Remote } from "comlink";
import * as ort from "onnxruntime-node";
import { expect, it } from "vitest";
import type { RecognizerService } from "../protocol.js";
import { recognizerService } from "../serve.js";
import { pageLesson, type Caller } from "./page-lesson.js";

const root = fileURLToPath(new URL("../../../../../", import.meta.url));

/** A worker's service in this thread: it does what it does behind a worker's messages. */
async function start(): Promise<Remote<RecognizerService>> {
  const service = recognizerService({ ort: async () => ortBackend({ ort, threads: 1 }) });
  await service.open({ model: `${root}models/en-tiny` }, () => {});
  return service as unknown as Remote<RecognizerService>; // the same methods
}

it("goes on from where it was when the worker had to start again", async () => {
  const services = [await start(), await start()] as const;
  let ids = 0;
  let used = services[0];
  const caller: Caller = { call: (work) => work(used), newId: () => ++ids };
  const { samples } = await readAudio(`${root}examples/words/lights-on-1.wav`);
  const clips = [{ name: "one", samples, text: "lights on" }];

  const learn = async (change: () => void) => {
    const losses: number[] = [];
    const lesson = await pageLesson(caller, clips, { parts: "head" });
    expect(lesson).toMatchObject({ texts: ["LIGHTS ON"], learning: 32 * 257 });
    const onUpdate = ({ update, loss }: { update: number; loss: number }) => (losses[update - 1] = loss);
    await lesson.train(2, { onUpdate });
    change();
    await lesson.train(1, { onUpdate });
    const heard = await lesson.compare(samples);
    await lesson.end();
    return { losses, heard };
  };
  const undisturbed = await learn(() => {});
  expect(undisturbed.losses).toHaveLength(3);
  expect(new Set(undisturbed.losses).size).toBe(3);
  expect(await learn(() => (used = services[1]))).toEqual(undisturbed);
}, 120_000);
