// A CTC checkpoint on a backend: clips of samples in, log-probabilities of symbols out.
import { bindWeights, type Checkpoint, type ParameterSpec } from "@wav2vec/checkpoints";
import {
  ctcHead,
  encode,
  frameCount,
  graph,
  input,
  logSoftmax,
  normaliseSamples,
  parseConfig,
  receptiveField,
  samplesPerFrame,
  symbol,
  type Backend,
  type Program,
  type Tensor,
  type Wav2Vec2Config,
} from "@wav2vec/core";
import type { Emissions, Vocabulary } from "@wav2vec/decoders";
import { vocabularyOf } from "./vocabulary.js";

const SAMPLE_RATE = 16_000; // Hz; what every wav2vec 2.0 model hears

/**
 * Keys outside the recogniser: quantiser, other heads, whatever a trainer left. An unused key inside it would mean that
 * config and weights disagree, e.g. on the number of layers, and is an error.
 */
const OTHER_MODULES = /^(?!(feature_extractor|feature_projection|encoder|adapter|lm_head)\.)/;

/** Log-probabilities of the symbols of a vocabulary, for clips that fit in memory. */
export interface AcousticModel {
  readonly config: Wav2Vec2Config;
  readonly vocabulary: Vocabulary;
  /** Seconds from one frame to the next; frame i starts at i times this. */
  readonly secondsPerFrame: number;
  /** Samples from one frame to the next. */
  readonly samplesPerFrame: number;
  /** Fewest samples that give a frame. */
  readonly receptiveField: number;
  /**
   * Natural-log probabilities of each clip, as if it were alone: padding never changes a result.
   *
   * @param clips raw samples, 16 kHz mono, each at least `receptiveField` long; run as one batch
   * @returns [frames, symbols] for each clip
   */
  emissions(clips: readonly Float32Array[]): Promise<Emissions[]>;
  dispose(): void;
}

/**
 * Binds a CTC checkpoint to a backend.
 *
 * @throws ConfigError, VocabularyError or WeightError if the checkpoint is no complete CTC model
 */
export async function acousticModel(checkpoint: Checkpoint, backend: Backend): Promise<AcousticModel> {
  const config = parseConfig(checkpoint.config);
  const vocabulary = vocabularyOf(checkpoint, config);
  const { weights } = bindWeights(ctcParams(config), checkpoint, { ignore: [OTHER_MODULES] });
  const normalise = checkpoint.preprocessor?.doNormalize ?? true;
  const least = receptiveField(config);

  // Clips of one length need no mask, and the program without one is faster; the other is compiled when first needed.
  const compile = (padded: boolean) =>
    backend.compile(ctcGraph(config, padded), weights, { name: checkpoint.source });
  const plain = await compile(false);
  let masked: Promise<Program> | undefined;

  return {
    config,
    vocabulary,
    secondsPerFrame: samplesPerFrame(config) / SAMPLE_RATE,
    samplesPerFrame: samplesPerFrame(config),
    receptiveField: least,
    async emissions(clips) {
      const width = Math.max(...clips.map(({ length }) => length));
      const padded = clips.some(({ length }) => length !== width);
      const program = padded ? await (masked ??= compile(true)) : plain;
      const inputs: Record<string, Tensor> = {
        samples: backend.upload(stack(clips, width, normalise), [clips.length, width]),
      };
      if (padded)
        inputs["lengths"] = backend.upload(
          Int32Array.from(clips, ({ length }) => length),
          [clips.length],
        );
      const { logProbabilities } = await program.run(inputs);
      for (const tensor of Object.values(inputs)) backend.free(tensor);
      const rows = (await backend.download(logProbabilities!)) as Float32Array; // the graph's only output, float32
      const [, frames, symbols] = logProbabilities!.shape as readonly [number, number, number];
      backend.free(logProbabilities!);
      return clips.map(({ length }, row) => {
        const own = frameCount(length, config);
        const start = row * frames * symbols;
        return { data: rows.subarray(start, start + own * symbols), frames: own, symbols };
      });
    },
    dispose() {
      plain.dispose();
      void masked?.then((program) => program.dispose());
    },
  };
}

/** Parameters of the encoder; the mask embedding serves training only and may be absent. */
export function encoderParams(config: Wav2Vec2Config): ParameterSpec[] {
  const { params } = graph({ last: encode(input("samples", [1, symbol("samples")]), config).last });
  return [...params, { name: "masked_spec_embed", shape: [config.hiddenSize], optional: true }];
}

/** Parameters of the encoder and the CTC head. */
export function ctcParams(config: Wav2Vec2Config): ParameterSpec[] {
  const { params } = ctcGraph(config, false);
  return [...encoderParams(config), ...params.filter(({ name }) => name.startsWith("lm_head."))];
}

function ctcGraph(config: Wav2Vec2Config, padded: boolean) {
  const batch = symbol("batch");
  const samples = input("samples", [batch, symbol("samples")]);
  const features = encode(samples, config, padded ? { lengths: input("lengths", [batch], "int32") } : {});
  return graph({ logProbabilities: logSoftmax(ctcHead(features, config)) });
}

/** Normalises each clip over its own samples and pads with zeros on the right; [clips, width] */
function stack(clips: readonly Float32Array[], width: number, normalise: boolean): Float32Array {
  const data = new Float32Array(clips.length * width);
  clips.forEach((clip, row) => data.set(normalise ? normaliseSamples(clip) : clip, row * width));
  return data;
}
