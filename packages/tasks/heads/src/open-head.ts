// A checkpoint with a head on a backend: recordings in, what the head says of each out.
import { bindModel, type Checkpoint } from "@wav2vec/checkpoints";
import {
  clipGraph,
  clipPrograms,
  headGraph,
  parseConfig,
  receptiveField,
  samplesPerFrame,
  type Backend,
  type ClipGraph,
  type ClipOutput,
  type Head,
  type Param,
  type Wav2Vec2Config,
} from "@wav2vec/core";
import { encoderParams } from "./encoder-params.js";
import { piecesOf, readClip, type Piece, type Recording, type TimelineOptions } from "./recording.js";
import { usingModel } from "./using-model.js";

/** What is needed to run a head. */
export interface OpenHeadOptions<Output extends string> {
  /** An open checkpoint, or where to open one: folder, weight file or Hugging Face id. It holds encoder and head. */
  readonly model: Checkpoint | string;
  /** What computes, e.g. `ortBackend({ ort })`. */
  readonly backend: Backend;
  /** The head, chosen by what the checkpoint is. */
  readonly head: (checkpoint: Checkpoint, config: Wav2Vec2Config) => Head<Output>;
  /** Fewest frames that the head can work with. Default 1. */
  readonly leastFrames?: (checkpoint: Checkpoint) => number;
}

/** What the head says of one piece of a recording. */
export type PieceOutputs<Output extends string> = Omit<Piece, "samples"> & {
  readonly outputs: Readonly<Record<Output, ClipOutput>>;
};

/** A head that is ready to work; dispose of it when done. */
export interface OpenHead<Output extends string> {
  readonly checkpoint: Checkpoint;
  readonly config: Wav2Vec2Config;
  /**
   * Outputs for each recording, as if it were alone. Together they are one batch: more than one pays on a GPU.
   *
   * @throws AudioError if a recording cannot be read or is too short
   */
  run(recordings: readonly Recording[]): Promise<Readonly<Record<Output, ClipOutput>>[]>;
  /** Outputs for each piece of one recording, as they are done. */
  timeline(recording: Recording, options?: TimelineOptions): AsyncGenerator<PieceOutputs<Output>>;
  /** Frees the model; a checkpoint that was passed in stays open. */
  dispose(): void;
}

/**
 * Opens a checkpoint of encoder and head.
 *
 * @throws ConfigError or WeightError if config and weights are no such model
 */
export async function openHead<Output extends string>({
  model,
  backend,
  head,
  leastFrames = () => 1,
}: OpenHeadOptions<Output>): Promise<OpenHead<Output>> {
  return usingModel(model, async (checkpoint, close) => {
    const config = parseConfig(checkpoint.config);
    const definition = headGraph(config, head(checkpoint, config));
    const { weights } = bindModel(allParams(definition), checkpoint, config);
    const programs = await clipPrograms(definition, backend, weights, {
      normalise: checkpoint.preprocessor?.doNormalize ?? true,
      name: checkpoint.source,
    });
    const least = receptiveField(config) + (leastFrames(checkpoint) - 1) * samplesPerFrame(config);

    const runClips = async (clips: readonly Float32Array[]) => {
      const outputs = Object.entries<ClipOutput[]>(await programs.run(clips));
      return clips.map(
        (_, i) =>
          Object.fromEntries(outputs.map(([name, parts]) => [name, parts[i]])) as Record<Output, ClipOutput>, // the program's outputs
      );
    };
    return {
      checkpoint,
      config,
      run: async (recordings) =>
        runClips(await Promise.all(recordings.map((recording) => readClip(recording, least)))),
      async *timeline(recording, options) {
        for (const { samples, ...span } of piecesOf(await readClip(recording, least), least, options)) {
          const [outputs] = await runClips([samples]);
          yield { ...span, outputs: outputs! }; // one clip in, one out
        }
      },
      dispose() {
        programs.dispose();
        close();
      },
    };
  });
}

/** Parameters of the head and of the whole encoder. */
function allParams(definition: ClipGraph): readonly Param[] {
  const params = [...encoderParams(definition.config), ...clipGraph(definition, false).params];
  return [...new Map(params.map((param) => [param.name, param])).values()];
}
