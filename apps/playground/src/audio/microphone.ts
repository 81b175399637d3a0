// The microphone as 16 kHz mono samples.
import { createResampler } from "@wav2vec/audio";
import workletUrl from "./capture-worklet.js?url&no-inline";

/** A microphone that is on. */
export interface Microphone {
  /** What it hears, for pictures. */
  readonly stream: MediaStream;
  /** Switches it off; nothing is called after this. */
  stop(): Promise<void>;
}

/**
 * Asks the visitor for the microphone and switches it on.
 *
 * @param onSamples hears 16 kHz mono samples about ten times a second
 * @throws Error that says what to do if the visitor refuses or there is none
 */
export async function openMicrophone(onSamples: (samples: Float32Array) => void): Promise<Microphone> {
  const stream = await navigator.mediaDevices
    .getUserMedia({ audio: { channelCount: 1 } })
    .catch((error: unknown) => {
      throw new Error(reasonOf(error));
    });
  const context = new AudioContext();
  await context.audioWorklet.addModule(workletUrl).catch(async (error: unknown) => {
    for (const track of stream.getTracks()) track.stop();
    await context.close();
    throw error;
  });
  const resampler = createResampler({ fromRate: context.sampleRate });
  const node = new AudioWorkletNode(context, "capture", { numberOfOutputs: 0 });
  let isOn = true;
  node.port.onmessage = ({ data }: MessageEvent<Float32Array>) => {
    if (!isOn) return;
    const samples = resampler.push(data);
    if (samples.length > 0) onSamples(samples);
  };
  context.createMediaStreamSource(stream).connect(node);
  await context.resume();
  return {
    stream,
    async stop() {
      isOn = false;
      for (const track of stream.getTracks()) track.stop();
      await context.close();
    },
  };
}

function reasonOf(error: unknown): string {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError")
    return "The microphone was refused. Allow it for this page in the browser's address bar, then try again.";
  if (name === "NotFoundError") return "There is no microphone. Connect one, or open a file.";
  return `The microphone does not start: ${String(error)}`;
}
