// The floor: nothing but the products of wav2vec2-base, without norms, activations, softmax or text. What runs the whole
// model on this runtime in float32 cannot be faster, unless it multiplies less.
import { conv1d, graph, input, linear, matMul, param, reshape, transpose, type Value, type WeightHandle } from "@wav2vec/core"; // prettier-ignore
import type { ortBackend as backendOf } from "@wav2vec/backend-ort";
import { serve } from "./contender.js";

const CONVOLUTIONS = [[10, 5], [3, 2], [3, 2], [3, 2], [3, 2], [2, 2], [2, 2]] as const; // prettier-ignore
const [CHANNELS, WIDTH, INNER, HEADS, LAYERS] = [512, 768, 3072, 12, 12]; // of facebook/wav2vec2-base-960h

let backend: ReturnType<typeof backendOf>;
let program: Awaited<ReturnType<typeof backend.compile>> | undefined;
serve({
  async load({ threads }) {
    const [{ ortBackend }, ort] = await Promise.all([
      import("@wav2vec/backend-ort"),
      import("onnxruntime-web/wasm"),
    ]);
    backend = ortBackend({ ort, provider: "wasm", threads });
  },
  async transcribe(clip) {
    program ??= await compile(clip.length);
    const samples = backend.upload(clip, [1, 1, clip.length]);
    const { y } = await program.run({ samples });
    backend.free(y!); // the graph's only output
    return "";
  },
});

function compile(samples: number) {
  const weights = new Map<string, WeightHandle>();
  const weight = (...shape: number[]): Value => {
    const name = `w${weights.size}`;
    const read = () => Promise.resolve(new Float32Array(shape.reduce((n, dim) => n * dim, 1)).fill(0.01));
    weights.set(name, { shape, dtype: "float32", read });
    return param(name, shape);
  };
  let x: Value = input("samples", [1, 1, samples]);
  for (const [i, [kernel, stride]] of CONVOLUTIONS.entries())
    x = conv1d(x, weight(CHANNELS, i === 0 ? 1 : CHANNELS, kernel), { stride });
  x = linear(transpose(x, [0, 2, 1]), weight(WIDTH, CHANNELS));
  const positional = { padding: [64, 63], groups: 16 } as const;
  x = transpose(conv1d(transpose(x, [0, 2, 1]), weight(WIDTH, WIDTH / 16, 128), positional), [0, 2, 1]);
  const frames = x.shape[1]!; // [1, frames, width]
  const byHead = (v: Value) => transpose(reshape(v, [1, frames, HEADS, WIDTH / HEADS]), [0, 2, 1, 3]);
  for (let layer = 0; layer < LAYERS; layer++) {
    const [q, k, v] = [0, 1, 2].map(() => byHead(linear(x, weight(WIDTH, WIDTH)))) as [Value, Value, Value]; // three
    const mixed = matMul(matMul(q, transpose(k, [0, 1, 3, 2])), v);
    x = linear(reshape(transpose(mixed, [0, 2, 1, 3]), [1, frames, WIDTH]), weight(WIDTH, WIDTH));
    x = linear(linear(x, weight(INNER, WIDTH)), weight(WIDTH, INNER));
  }
  return backend.compile(graph({ y: x }), weights);
}
