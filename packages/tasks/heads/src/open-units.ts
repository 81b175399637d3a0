// Discrete units of recordings: which code the quantiser of a pre-trained model chooses for each frame.
import { bindModel, type Checkpoint } from "@wav2vec/checkpoints";
import {
  cast,
  clipGraph,
  clipPrograms,
  encode,
  parseConfig,
  parsePretrainingConfig,
  receptiveField,
  reshape,
  units,
  type Backend,
  type ClipGraph,
} from "@wav2vec/core";
import { readClip, type Recording } from "./recording.js";
import { usingModel } from "./using-model.js";

/** Units of one recording. */
export interface ClipUnits {
  /** Index of the chosen code in each codebook, [frames, groups]. */
  readonly codes: Int32Array;
  /** The choice as one number, the first codebook most significant, [frames]. */
  readonly index: Int32Array;
  /** Code vectors of the choice, [frames, codeDim]. */
  readonly quantised: Float32Array;
  readonly frames: number;
}

/** A quantiser that is ready to work; dispose of it when done. */
export interface OpenUnits {
  /** Codebooks, and codes in each. */
  readonly groups: number;
  readonly codesPerGroup: number;
  /** @throws AudioError if a recording cannot be read or is too short */
  run(recordings: readonly Recording[]): Promise<ClipUnits[]>;
  /** Frees the model; a checkpoint that was passed in stays open. */
  dispose(): void;
}

/**
 * Opens the feature encoder and quantiser of a pre-trained checkpoint; the Transformer is not needed.
 *
 * @throws WeightError if the checkpoint has no quantiser, as fine-tuned ones mostly do
 */
export async function openUnits({
  model,
  backend,
}: {
  readonly model: Checkpoint | string;
  readonly backend: Backend;
}): Promise<OpenUnits> {
  return usingModel(model, async (checkpoint, close) => {
    const config = parseConfig(checkpoint.config);
    const quantizer = parsePretrainingConfig(checkpoint.config);
    const definition: ClipGraph<"codes" | "index" | "quantised"> = {
      config,
      build(samples, lengths) {
        const { codes, index, quantised } = units(
          encode(samples, config, lengths ? { lengths } : {}),
          quantizer,
        );
        const perFrame = [...index.shape, 1];
        return { codes: cast(codes, "float32"), index: reshape(cast(index, "float32"), perFrame), quantised }; // whole up to 2^24
      },
    };
    const { weights } = bindModel(clipGraph(definition, false).params, checkpoint, config, {
      ignore: [/^feature_projection\.projection\./],
    });
    const programs = await clipPrograms(definition, backend, weights, {
      normalise: checkpoint.preprocessor?.doNormalize ?? true,
      name: checkpoint.source,
    });
    return {
      groups: quantizer.groups,
      codesPerGroup: quantizer.codes,
      async run(recordings) {
        const least = receptiveField(config);
        const clips = await Promise.all(recordings.map((recording) => readClip(recording, least)));
        const { codes, index, quantised } = await programs.run(clips);
        return clips.map((_, row) => ({
          codes: Int32Array.from(codes[row]!.data), // one part a clip, here and below
          index: Int32Array.from(index[row]!.data),
          quantised: quantised[row]!.data,
          frames: index[row]!.shape[0]!,
        }));
      },
      dispose() {
        programs.dispose();
        close();
      },
    };
  });
}
