// One contender in one page; the command calls `ask`.
/// <reference types="vite/client" />
import type { Answer, Load } from "./contender.js";

const workers = {
  ours: () => new Worker(new URL("./ours-worker.ts", import.meta.url), { type: "module" }),
  "transformers.js": () =>
    new Worker(new URL("./transformers-worker.ts", import.meta.url), { type: "module" }),
  products: () => new Worker(new URL("./products-worker.ts", import.meta.url), { type: "module" }),
};
export type ContenderName = keyof typeof workers;
let worker: Worker;

const SAMPLE_RATE = 16_000;
/** Seeded noise: random weights hear nothing anyway. */
function noise(seconds: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length: seconds * SAMPLE_RATE }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0; // Numerical Recipes' generator
    return 0.2 * (state / 2 ** 32 - 0.5);
  });
}

function ask(message: Load | Float32Array): Promise<Answer> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Answer>) =>
      data.error === undefined ? resolve(data) : reject(new Error(data.error));
    worker.onerror = ({ message: text }) => reject(new Error(text));
    worker.postMessage(message);
  });
}

const bench = {
  load(name: ContenderName, settings: Load): Promise<Answer> {
    worker = workers[name]();
    return ask(settings);
  },
  transcribe: (seconds: number): Promise<Answer> => ask(noise(seconds)),
  /** Bytes of JavaScript, WASM and buffers of the page and its worker. */
  async memory(): Promise<number> {
    const { measureUserAgentSpecificMemory } = performance as Performance & {
      measureUserAgentSpecificMemory(): Promise<{ bytes: number }>; // Chromium, in isolated pages
    };
    return (await measureUserAgentSpecificMemory.call(performance)).bytes;
  },
};

declare global {
  interface Window {
    bench: typeof bench;
  }
}
window.bench = bench;
Object.assign(window, { isReady: true });
