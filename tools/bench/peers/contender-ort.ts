// onnxruntime-node on the exported ONNX file, with nothing round it but normalisation and greedy decoding.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { InferenceSession, Tensor, TypedTensor } from "onnxruntime-node";
import { serve } from "./serve.js";

let session: InferenceSession;
let TensorClass: typeof Tensor;
let tokens: readonly string[];
let asBatch: boolean;

await serve({
  async load({ model, threads, padded }) {
    const ort = await import("onnxruntime-node");
    const vocabulary = JSON.parse(readFileSync(join(model, "vocab.json"), "utf8")) as Record<string, number>; // our export
    tokens = Object.keys(vocabulary).sort((a, b) => vocabulary[a]! - vocabulary[b]!);
    asBatch = padded;
    TensorClass = ort.Tensor;
    session = await ort.InferenceSession.create(join(model, "onnx", "model.onnx"), {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
    });
  },
  async transcribe(clips) {
    if (asBatch) return run(clips);
    const texts: string[] = [];
    for (const clip of clips) texts.push(...(await run([clip])));
    return texts;
  },
});

/** Zero-padded on the right: [clips, samples of the longest]. */
async function run(clips: readonly Float32Array[]): Promise<string[]> {
  const samples = Math.max(...clips.map((clip) => clip.length));
  const batch = new Float32Array(clips.length * samples);
  clips.forEach((clip, row) => normalise(clip, batch.subarray(row * samples)));
  const outputs = await session.run({
    input_values: new TensorClass("float32", batch, [clips.length, samples]),
  });
  const logits = outputs["logits"] as TypedTensor<"float32">; // the export's only output
  return clips.map((clip, row) => greedy(logits, row, frameCount(clip.length)));
}

function normalise(clip: Float32Array, out: Float32Array): void {
  let sum = 0;
  for (const x of clip) sum += x;
  const mean = sum / clip.length;
  let squares = 0;
  for (const x of clip) squares += (x - mean) ** 2;
  const scale = 1 / Math.sqrt(squares / clip.length + 1e-7);
  clip.forEach((x, i) => (out[i] = (x - mean) * scale));
}

/** Kernels and strides of the wav2vec 2.0 feature encoder, without padding. */
function frameCount(samples: number): number {
  const kernels = [10, 3, 3, 3, 3, 2, 2];
  const strides = [5, 2, 2, 2, 2, 2, 2];
  return kernels.reduce((count, kernel, i) => Math.floor((count - kernel) / strides[i]!) + 1, samples);
}

/** Arg-max, repeats collapsed, blank 0 removed. */
function greedy({ data, dims }: TypedTensor<"float32">, row: number, frames: number): string {
  const [, rowFrames = 0, classes = 0] = dims;
  let previous = -1;
  let text = "";
  for (let frame = 0; frame < frames; frame++) {
    const at = (row * rowFrames + frame) * classes;
    let best = 0;
    for (let k = 1; k < classes; k++) if (data[at + k]! > data[at + best]!) best = k;
    if (best !== previous && best !== 0) text += tokens[best] === "|" ? " " : tokens[best];
    previous = best;
  }
  return text.trim();
}
