import type { Transcript } from "@wav2vec/asr";
import { forgetModel, keptModels } from "@wav2vec/checkpoints";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { commands } from "vitest/browser";
import {
  connectRecognizer,
  type ConnectOptions,
  type LessonUpdate,
  type WorkerRecognizer,
} from "../src/index.js";

const NAMES = ["digits.wav", "spelled.wav", "command.wav"];
const model = new URL("/models/en-tiny/", location.href).href;
const startWorker = () => new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });

let recognizer: WorkerRecognizer | undefined;
async function connect(options: Partial<ConnectOptions> = {}): Promise<WorkerRecognizer> {
  return (recognizer = await connectRecognizer({ startWorker, model, ...options }));
}
afterEach(() => {
  recognizer?.dispose();
  recognizer = undefined;
});
const audio = async (name: string) => (await fetch(`/examples/audio/${name}`)).blob();

/** The shortest: a software GPU needs five seconds for it. */
const [SHORT, SHORT_TEXT] = ["command.wav", "ENTER SIXTY SEVEN"];
const CLIPS = [
  ["wasm", NAMES],
  ["webgpu", [SHORT]],
] as const;

describe.each(CLIPS)("a recogniser in a worker on %s", (backend, names) => {
  let expected: Transcript[];
  beforeAll(async () => void (expected = await commands.transcribeInNode(names)));

  it("gives the text and the times that Node gives", async () => {
    const { transcribe, model } = await connect({ backend });
    expect(model).toMatchObject({ backend, notes: [], secondsPerFrame: 0.02, emissionDelay: 0.066 });
    for (const [i, name] of names.entries()) {
      const { transcript, emissions } = await transcribe(await audio(name));
      expect(transcript.text).toBe(expected[i]!.text);
      const times = (from: Transcript) =>
        from.segments.flatMap(({ words }) => words.map(({ start, end }) => [start, end]));
      expect(times(transcript)).toEqual(times(expected[i]!));
      expect(emissions.symbols).toBe(model.tokens.length);
      const firstRow = Float32Array.from(emissions.data.subarray(0, emissions.symbols));
      expect(firstRow.reduce((sum, x) => sum + Math.exp(x), 0)).toBeCloseTo(1, 4);
    }
  });
});

describe("a recogniser in a worker", () => {
  it("tells the text so far, and stops when asked", async () => {
    const { decode, transcribe } = await connect({ backend: "wasm" });
    const clip = await decode(await audio("digits.wav"));
    const long = new Float32Array(clip.length * 6);
    for (let i = 0; i < 6; i++) long.set(clip, i * clip.length);
    const partials: string[] = [];
    const { transcript } = await transcribe(long, {
      windowSeconds: 2,
      onPartial: ({ text }) => partials.push(text),
    });
    expect(partials.length).toBeGreaterThanOrEqual(5);
    expect(partials.at(-1)).toBe(transcript.text);
    expect(partials[1]!.length).toBeLessThan(partials[4]!.length);
    const stop = new AbortController();
    const stopped = transcribe(long, {
      windowSeconds: 2,
      signal: stop.signal,
      onPartial: () => stop.abort(new Error("enough")),
    });
    await expect(stopped).rejects.toThrow("enough");
  });

  it("puts a text on the recording it heard", async () => {
    const { transcribe, align } = await connect({ backend: "wasm" });
    await transcribe(await audio("digits.wav"));
    const { segments } = await align("seven three one eight two four");
    const words = segments.flatMap((segment) => segment.words);
    expect(words.map(({ text }) => text)).toEqual(["seven", "three", "one", "eight", "two", "four"]);
    expect(words.every(({ start, end }, i) => end > start && start >= (words[i - 1]?.end ?? 0))).toBe(true);
    await expect(align("")).rejects.toThrow(/text/i);
  });

  it("names what is wrong with a file or a model", async () => {
    const { decode } = await connect({ backend: "wasm" });
    await expect(decode(new Blob(["not audio"]))).rejects.toMatchObject({ name: "AudioError" });
    recognizer!.dispose();
    await expect(connect({ model: [new File(["{}"], "config.json")] })).rejects.toMatchObject({
      name: "FormatError",
    });
  });

  it("takes the next backend where one does not start, with a note", async () => {
    const startBare = () => new Worker(new URL("./no-webgpu-worker.ts", import.meta.url), { type: "module" });
    const { model } = await connect({ startWorker: startBare });
    expect(model.backend).toBe("wasm");
    expect(model.notes).toEqual([expect.stringMatching(/^webgpu does not start \(.*\); using wasm$/)]);
  });

  it("starts again when the graphics device is lost, and answers all the same", async () => {
    const workers: Worker[] = [];
    const restarts: string[] = [];
    const { transcribe, align } = await connect({
      backend: "webgpu",
      startWorker: () => (workers.push(startWorker()), workers.at(-1)!),
      onRestart: ({ name }) => restarts.push(name),
    });
    const clip = await audio(SHORT);
    const before = await transcribe(clip);
    workers[0]!.postMessage("lose the device");
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await transcribe(clip)).transcript).toEqual(before.transcript);
    expect(restarts).toEqual(["DeviceLostError"]);
    expect(workers).toHaveLength(2);
    expect((await align(SHORT_TEXT)).segments).toHaveLength(1);
  });

  it("teaches the same on WASM and on WebGPU, and goes on where it was when the device is lost", async () => {
    const losses: Record<string, number[]> = { wasm: [], webgpu: [] };
    for (const [backend, heard] of Object.entries(losses)) {
      const workers: Worker[] = [];
      const start = () => (workers.push(startWorker()), workers.at(-1)!);
      const { decode, teach } = await connect({ backend, startWorker: start });
      const [name, text] = ["lights-on-1", "lights on"];
      const samples = await decode(await (await fetch(`/examples/words/${name}.wav`)).blob());
      const lesson = await teach([{ name, samples, text }], { parts: "head" });
      expect(lesson).toMatchObject({ texts: ["LIGHTS ON"], learning: 32 * 257 });
      const onUpdate = ({ update, loss }: LessonUpdate) => (heard[update - 1] = loss);
      await lesson.train(2, { onUpdate });
      if (backend === "webgpu") {
        workers[0]!.postMessage("lose the device");
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
      await lesson.train(1, { onUpdate });
      expect(workers).toHaveLength(backend === "webgpu" ? 2 : 1);
      recognizer!.dispose();
    }
    expect(losses["wasm"]).toHaveLength(3);
    losses["webgpu"]!.forEach((loss, i) => expect(loss).toBeCloseTo(losses["wasm"]![i]!, 2));
  });

  /** Samples of a piece: a software GPU is slow. */
  const PIECES = [["wasm", 4000, "digits.wav"], ["webgpu", 13_000, SHORT]] as const; // prettier-ignore
  it.each(PIECES)(
    "hears live speech in pieces on %s, and what it calls stable stays",
    async (backend, size, name) => {
      const { decode, live, transcribe } = await connect({ backend });
      const samples = await decode(await audio(name));
      const session = await live();
      let stable: string[] = [];
      for (let at = 0; at < samples.length; at += size) {
        const { transcript, stableWords } = await session.push(samples.slice(at, at + size));
        const words = transcript.segments.flatMap((segment) => segment.words.map(({ text }) => text));
        expect(words.slice(0, stable.length)).toEqual(stable);
        stable = words.slice(0, stableWords);
      }
      const { transcript } = await session.finish();
      expect(transcript.text).toBe((await transcribe(samples)).transcript.text);
    },
  );

  it(
    "goes on with live speech when the device is lost, and misses nothing",
    { timeout: 400_000 },
    async () => {
      const workers: Worker[] = [];
      const heard: string[] = [];
      const { decode, live } = await connect({
        backend: "webgpu",
        startWorker: () => (workers.push(startWorker()), workers.at(-1)!),
        onLost: ({ name }) => heard.push(name),
        onRestart: () => heard.push("started again"),
      });
      const samples = await decode(await audio(SHORT));
      const session = await live();
      expect((await session.push(samples.slice(0, 13_000))).transcript.text).toMatch(/^ENTER/);
      workers[0]!.postMessage("lose the device");
      await new Promise((resolve) => setTimeout(resolve, 300));
      const { secondsHeard } = await session.push(samples.slice(13_000));
      expect(secondsHeard).toBeCloseTo(samples.length / 16_000, 6);
      expect(heard).toEqual(["DeviceLostError", "started again"]);
      expect(workers).toHaveLength(2);
      const { transcript } = await session.finish();
      expect(transcript.text).toBe(SHORT_TEXT);
      await expect(session.finish()).rejects.toThrow("nothing is being recorded");
    },
  );

  it("keeps the model for the next visit", async () => {
    for (const { source } of await keptModels()) await forgetModel(source);
    let bytes = 0;
    await connect({ onProgress: ({ loaded }) => (bytes = Math.max(bytes, loaded)) });
    expect(bytes).toBe(10_831_256);
    recognizer!.dispose();
    bytes = 0;
    await connect({ onProgress: ({ loaded }) => (bytes = Math.max(bytes, loaded)) });
    expect(bytes).toBe(0);
  });
});
