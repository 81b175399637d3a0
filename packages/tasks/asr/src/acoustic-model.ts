// A CTC checkpoint on a backend: clips of samples in, log-probabilities of symbols out.
import { bindModel, type Checkpoint, type ParameterSpec } from "@wav2vec/checkpoints";
import {
  clipGraph,
  clipPrograms,
  clipsInput,
  ctcHead,
  encode,
  graph,
  logSoftmax,
  parseConfig,
  receptiveField,
  samplesPerFrame,
  type Backend,
  type ClipPrograms,
  type Value,
  type Wav2Vec2Config,
  type WeightNorm,
} from "@wav2vec/core";
import type { Emissions, Vocabulary } from "@wav2vec/decoders";
import { vocabularyOf } from "./vocabulary.js";

const SAMPLE_RATE = 16_000; // Hz; what every wav2vec 2.0 model hears

/** Log-probabilities of the symbols of a vocabulary, for clips that fit in memory. */
export interface AcousticModel {
  readonly config: Wav2Vec2Config;
  readonly vocabulary: Vocabulary;
  /** Seconds from one frame to the next; frame i starts at i times this. */
  readonly secondsPerFrame: number;
  /** Seconds by which symbols come after their sounds; 0 where the model does not state it. Times take it off. */
  readonly emissionDelay: number;
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
  const weightNorm = storedWeightNorm(checkpoint);
  const definition = ctcGraph(config, weightNorm);
  const { weights } = bindModel(ctcParams(config, weightNorm), checkpoint, config);
  const programs = await clipPrograms(definition, backend, weights, {
    normalise: checkpoint.preprocessor?.doNormalize ?? true,
    name: checkpoint.source,
  });
  return emittingModel(config, vocabulary, programs);
}

/** What a model says of itself. */
export function modelFacts(
  config: Wav2Vec2Config,
  vocabulary: Vocabulary,
): Omit<AcousticModel, "emissions" | "dispose"> {
  return {
    config,
    vocabulary,
    secondsPerFrame: samplesPerFrame(config) / SAMPLE_RATE,
    emissionDelay: config.emissionDelay ?? 0,
    samplesPerFrame: samplesPerFrame(config),
    receptiveField: receptiveField(config),
  };
}

/** The face of compiled programs whose output is `logProbabilities`. */
function emittingModel(
  config: Wav2Vec2Config,
  vocabulary: Vocabulary,
  programs: ClipPrograms<"logProbabilities">,
): AcousticModel {
  return {
    ...modelFacts(config, vocabulary),
    async emissions(clips) {
      const { logProbabilities } = await programs.run(clips);
      return logProbabilities.map(({ data, shape: [frames, symbols] }) => ({
        data,
        frames: frames!, // [frames, symbols], as the graphs are built
        symbols: symbols!,
      }));
    },
    dispose: () => programs.dispose(),
  };
}

/** Weight norm as the file has it, if a backend can map that: it then folds the weight itself, with no copy of ours. */
function storedWeightNorm({ weights }: Checkpoint): WeightNorm {
  const direction = weights.get("encoder.pos_conv_embed.conv.parametrizations.weight.original1");
  return direction?.location ? "factored" : "folded";
}

/** Parameters of the encoder; the mask embedding serves training only and may be absent. */
export function encoderParams(config: Wav2Vec2Config, weightNorm: WeightNorm = "folded"): ParameterSpec[] {
  const { params } = graph({ last: encode(clipsInput(config), config, { weightNorm }).last });
  return [...params, { name: "masked_spec_embed", shape: [config.hiddenSize], optional: true }];
}

/** Parameters of the encoder and the CTC head. */
export function ctcParams(config: Wav2Vec2Config, weightNorm: WeightNorm = "folded"): ParameterSpec[] {
  const { params } = clipGraph(ctcGraph(config, weightNorm), false);
  return [...encoderParams(config, weightNorm), ...params.filter(({ name }) => name.startsWith("lm_head."))];
}

function ctcGraph(config: Wav2Vec2Config, weightNorm: WeightNorm) {
  return {
    config,
    build: (samples: Value, lengths: Value | undefined) => {
      const features = encode(samples, config, { weightNorm, ...(lengths && { lengths }) });
      return { logProbabilities: logSoftmax(ctcHead(features, config)) };
    },
  };
}
