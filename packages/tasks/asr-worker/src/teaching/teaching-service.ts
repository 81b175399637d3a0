// The worker's side of a lesson: one at a time, on the model that is open.
import { recogniseEach, sourceOf, transcriberOf, type AcousticModel } from "@wav2vec/asr";
import type { Checkpoint } from "@wav2vec/checkpoints";
import type { Backend } from "@wav2vec/core";
import type { PageAudio, TeachingService } from "../protocol.js";
import type { Lesson } from "./lesson.js";

/** What is taught. */
export interface Teachable {
  readonly checkpoint: Checkpoint;
  readonly model: AcousticModel;
  readonly backend: Backend;
}

/** The methods for the page, and what the rest of the worker asks. */
export interface Teaching {
  readonly methods: TeachingService;
  /** The taught model, if it is to be used in place of the open one. */
  inUse(): AcousticModel | undefined;
}

/**
 * @param opened the model that is open; it throws if there is none
 * @param running where `cancel` finds work by its number
 */
export function teachingService(opened: () => Teachable, running: Map<number, AbortController>): Teaching {
  let lesson: Lesson | undefined;
  let used: AcousticModel | undefined;
  const current = (): Lesson => {
    if (!lesson) throw new Error("worker: no lesson has begun; call teach first");
    return lesson;
  };
  const end = () => {
    lesson?.dispose();
    lesson = used = undefined;
  };
  return {
    inUse: () => used,
    methods: {
      async teach(clips, options) {
        end();
        const { startLesson } = await import("./lesson.js");
        const { checkpoint, model, backend } = opened();
        lesson = await startLesson(checkpoint, model, backend, clips, options);
        return { texts: lesson.texts, learning: lesson.learning };
      },
      async train(id, updates, onUpdate) {
        const controller = new AbortController();
        running.set(id, controller);
        used = undefined; // its weights are about to change
        try {
          await current().train(updates, controller.signal, onUpdate);
        } finally {
          running.delete(id);
        }
      },
      async compare(audio) {
        const taught = await current().taught();
        return { before: await textOf(opened().model, audio), after: await textOf(taught, audio) };
      },
      async useTaught(isUsed) {
        used = isUsed ? await current().taught() : undefined;
      },
      saveTaught: (name) => current().zip(name),
      endLesson: end,
    },
  };
}

async function textOf(model: AcousticModel, audio: PageAudio): Promise<string> {
  for await (const { transcript, error } of recogniseEach(
    model,
    [sourceOf(audio)],
    () => transcriberOf(model),
    {},
  )) {
    if (error) throw error;
    return transcript.text;
  }
  throw new Error("worker: a recording gave no outcome"); // recogniseEach answers each
}
