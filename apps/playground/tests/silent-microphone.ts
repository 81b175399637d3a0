// A microphone that hears what a test says and nothing else: a software GPU cannot keep up with a real one.
import type { Page } from "playwright";

/** What the page's script leaves for the calls below. */
interface Microphone {
  context: BaseAudioContext;
  port: { onmessage?: (event: { data: Float32Array }) => void };
}
type WithMicrophone = typeof globalThis & { microphone?: Microphone };

/** Takes the place of the audio thread; before the page is opened. */
export async function silenceMicrophone(page: Page): Promise<void> {
  await page.addInitScript(() => {
    class SilentNode extends GainNode {
      readonly port: Microphone["port"] = {};
      constructor(context: BaseAudioContext) {
        super(context);
        (globalThis as WithMicrophone).microphone = this;
      }
    }
    Object.assign(globalThis, { AudioWorkletNode: SilentNode });
  });
}

/** Says a part of `digits.wav`, in seconds, all at once. */
export async function say(page: Page, from: number, to: number): Promise<void> {
  await page.evaluate(
    async ([from, to]) => {
      const { context, port } = (globalThis as WithMicrophone).microphone!; // recording has begun
      const bytes = await (await fetch("./examples/digits.wav")).arrayBuffer();
      const audio = await context.decodeAudioData(bytes); // at the rate of the context
      const [start, end] = [from * audio.sampleRate, to * audio.sampleRate];
      port.onmessage!({ data: audio.getChannelData(0).slice(start, end) }); // as above
    },
    [from, to] as const,
  );
}
