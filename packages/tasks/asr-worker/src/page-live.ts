// The page's side of a live recording: a worker that had to start again goes on with it where the old one stopped.
import { transfer } from "comlink";
import type { LiveUpdate } from "./protocol.js";
import type { Caller } from "./teaching/page-lesson.js";

/** A live recording; wait for each answer before the next push. */
export interface LiveSession {
  /** @param samples 16 kHz mono; handed over to the worker */
  push(samples: Float32Array): Promise<LiveUpdate>;
  finish(): Promise<LiveUpdate>;
}

export async function pageLive({ call }: Pick<Caller, "call">): Promise<LiveSession> {
  await call((service) => service.liveStart());
  return {
    push(samples) {
      let rest = samples;
      return call((service) => {
        const sent = rest;
        rest = new Float32Array(0); // asked again, a worker has the samples from the old one's memory
        return service.livePush(transfer(sent, [sent.buffer]));
      });
    },
    finish: () => call((service) => service.liveFinish()),
  };
}
