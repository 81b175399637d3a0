// Tiny models with seeded random weights, forward and backward: whole architectures for any backend, without a file.
import {
  clipPrograms,
  clipsInput,
  ctcHead,
  encode,
  frameCount,
  gradient,
  graph,
  input,
  parseConfig,
  prepareClips,
  symbol,
  weightFromArray,
  type Backend,
  type ClipGraph,
  type Graph,
  type Tensor,
  type Value,
  type Wav2Vec2Config,
  type WeightHandle,
  type Weights,
} from "@wav2vec/core";
import { seededRandom } from "./random.js";

/** A model as a Hugging Face config.json would describe it. */
export interface ModelCase {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
}

const tiny = {
  conv_dim: [8, 8, 8, 8, 8, 8, 8],
  hidden_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 24,
  num_conv_pos_embeddings: 16,
  num_conv_pos_embedding_groups: 4,
  vocab_size: 11,
};
const layerNorms = { ...tiny, feat_extract_norm: "layer", do_stable_layer_norm: true, conv_bias: true };

/** Every stage that a member of the family has of its own, in one of them. */
export const modelCases: readonly ModelCase[] = [
  { name: "base: group norm, layers that norm their output", config: tiny },
  {
    name: "large: layer norms, layers that norm their input, attention adapters",
    config: { ...layerNorms, adapter_attn_dim: 6 },
  },
  {
    name: "a convolutional adapter",
    config: { ...tiny, add_adapter: true, output_hidden_size: 12, num_adapter_layers: 2 },
  },
  {
    name: "WavLM: gated buckets of distances",
    config: { ...layerNorms, model_type: "wavlm", num_buckets: 8, max_bucket_distance: 12 },
  },
  {
    name: "data2vec: stacked positional convolutions",
    config: { ...tiny, model_type: "data2vec-audio", num_conv_pos_embeddings: 2, conv_pos_kernel_size: 5 },
  },
  {
    name: "Conformer with rotary positions",
    config: {
      ...layerNorms,
      model_type: "wav2vec2-conformer",
      position_embeddings_type: "rotary",
      conv_depthwise_kernel_size: 5,
    },
  },
  {
    name: "Conformer with relative positions",
    config: { ...layerNorms, model_type: "wav2vec2-conformer", conv_depthwise_kernel_size: 5 },
  },
  {
    name: "w2v-BERT: filter banks, causal convolutions, clipped distances",
    config: {
      ...tiny,
      model_type: "wav2vec2-bert",
      conv_depthwise_kernel_size: 5,
      left_max_position_embeddings: 4,
      right_max_position_embeddings: 2,
    },
  },
];

/** What a model gives on one backend. */
export interface ModelCaseResults {
  /** Logits of each clip alone, then of each clip out of one padded batch; [frames, vocabSize]. */
  readonly logits: readonly Float32Array[];
  /** d (seed · logits) / d parameter over the padded batch, by parameter. */
  readonly gradients: ReadonlyMap<string, Float32Array>;
}

/** 11 and 6 frames: odd numbers of samples, and a batch that pads. */
const CLIP_SAMPLES = [3601, 2177];

/** Runs a model forward, alone and in a batch, and backward; frees everything. */
export async function runModelCase<T extends Tensor>(
  backend: Backend<T>,
  { name, config: json }: ModelCase,
): Promise<ModelCaseResults> {
  const config = parseConfig(json);
  const random = seededRandom(7);
  const clips = CLIP_SAMPLES.map((length) => Float32Array.from({ length }, () => random() - 0.5));
  const definition: ClipGraph<"logits"> = {
    config,
    build: (samples, lengths) => ({
      logits: ctcHead(encode(samples, config, lengths ? { lengths } : {}), config),
    }),
  };
  const backward = backwardGraph(config);
  const weights = randomWeights([
    ...graph(definition.build(clipsInput(config, symbol("batch")), undefined)).params,
    ...backward.params,
  ]);
  const programs = await clipPrograms(definition, backend, weights, { normalise: true, name });
  const logits: Float32Array[] = [];
  for (const clip of clips) logits.push((await programs.run([clip])).logits[0]!.data); // one clip
  logits.push(...(await programs.run(clips)).logits.map(({ data }) => data));
  programs.dispose();
  return { logits, gradients: await runBackward(backend, backward, weights, config, clips) };
}

/** The gradient of the logits, seeded from outside, with respect to every parameter that they depend on. */
function backwardGraph(config: Wav2Vec2Config): Graph {
  const batch = symbol("batch");
  const lengths = input("lengths", [batch], "int32");
  const features = encode(clipsInput(config, batch), config, { lengths, weightNorm: "factored" });
  const logits = ctcHead(features, config);
  const { params } = graph({ logits });
  const gradients = gradient([{ value: logits, seed: input("seed", logits.shape) }], params);
  const named = params.flatMap(({ name }, i): [string, Value][] =>
    gradients[i] ? [[name, gradients[i]]] : [],
  );
  return graph(Object.fromEntries(named));
}

async function runBackward<T extends Tensor>(
  backend: Backend<T>,
  backward: Graph,
  weights: Weights,
  config: Wav2Vec2Config,
  clips: readonly Float32Array[],
): Promise<Map<string, Float32Array>> {
  const { samples, lengths } = prepareClips(clips, config);
  const counts = clips.map((clip) => frameCount(clip.length, config));
  const frames = Math.max(...counts);
  const random = seededRandom(8);
  // Frames of padding are nobody's: their seed is zero.
  const seed = Float32Array.from({ length: clips.length * frames * config.vocabSize }, (_, i) => {
    const drawn = random() - 0.5;
    const row = Math.floor(i / (frames * config.vocabSize));
    return Math.floor(i / config.vocabSize) % frames < counts[row]! ? drawn : 0; // a count for each row
  });
  const program = await backend.compile(backward, weights);
  const inputs: Record<string, T> = {
    samples: backend.upload(samples.data, samples.shape),
    lengths: backend.upload(lengths!.data, lengths!.shape), // the clips differ in length
    seed: backend.upload(seed, [clips.length, frames, config.vocabSize]),
  };
  const results = await program.run(inputs);
  const gradients = new Map<string, Float32Array>();
  for (const [name, tensor] of Object.entries(results)) {
    gradients.set(name, (await backend.download(tensor)) as Float32Array); // as its parameter
    backend.free(tensor);
  }
  for (const tensor of Object.values(inputs)) backend.free(tensor);
  program.dispose();
  return gradients;
}

/** Seeded weights that keep signals near 1: products shrink by their inputs, gains lie around 1, biases around 0. */
export function randomWeights(
  params: readonly { readonly name: string; readonly shape: readonly unknown[] }[],
): Map<string, WeightHandle> {
  const weights = new Map<string, WeightHandle>();
  for (const { name, shape } of params) {
    if (weights.has(name)) continue;
    const dims = shape as readonly number[]; // parameters have no symbols
    const random = seededRandom([...name].reduce((hash, c) => (hash * 31 + c.charCodeAt(0)) | 0, 1));
    const size = dims.reduce((product, dim) => product * dim, 1);
    const [centre, reach] = rangeOf(name, size / dims[0]!, dims.length);
    const data = Float32Array.from({ length: size }, () => centre + reach * (2 * random() - 1));
    weights.set(name, weightFromArray(data, dims));
  }
  return weights;
}

/** Middle and half width of a parameter's numbers. */
function rangeOf(name: string, inputs: number, rank: number): readonly [centre: number, reach: number] {
  if (/running_var$|original0$/.test(name)) return [1, 0.3]; // a variance, the gain of weight norm
  if (rank === 1) return name.endsWith("weight") ? [1, 0.3] : [0, 0.3];
  return [0, Math.sqrt(3 / inputs)];
}
