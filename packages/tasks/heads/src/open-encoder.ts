// An encoder by itself: recordings in, features out that stay on the device for any number of heads.
import type { Checkpoint } from "@wav2vec/checkpoints";
import {
  clipPart,
  clipsInput,
  encode,
  featureOutputs,
  frameCount,
  graph,
  input,
  parseConfig,
  prepareClips,
  receptiveField,
  symbol,
  type Backend,
  type ClipOutput,
  type Program,
  type Tensor,
  type Wav2Vec2Config,
} from "@wav2vec/core";
import { bindEncoder } from "./encoder-params.js";
import { readClip, type Recording } from "./recording.js";
import { usingModel } from "./using-model.js";

/** Features of some clips, on the device until they are disposed of. */
export interface ClipFeatures {
  /** `last`, with layers also `hidden.0` …, each [clips, frames, dim]; `frameCounts`, int32 [clips]. */
  readonly tensors: Readonly<Record<string, Tensor>>;
  /** Valid frames of each clip. */
  readonly frameCounts: readonly number[];
  /** Whether the layers are there. */
  readonly layers: boolean;
  /** Copies a tensor to the host: [own frames, dim] of each clip. */
  download(name: string): Promise<ClipOutput[]>;
  /** Frees the tensors. */
  dispose(): void;
}

/** An encoder that is ready to work; dispose of it when done. */
export interface OpenEncoder {
  readonly checkpoint: Checkpoint;
  readonly config: Wav2Vec2Config;
  readonly backend: Backend;
  /**
   * Features of recordings, which are one batch: each as if it were alone.
   *
   * @param options `layers`: keep the input and the outputs of all layers too, for heads that mix them. The first call
   *   with and the first without compile a program each
   * @throws AudioError if a recording cannot be read or is too short
   */
  encode(recordings: readonly Recording[], options?: { readonly layers?: boolean }): Promise<ClipFeatures>;
  /** Frees the model; a checkpoint that was passed in stays open. */
  dispose(): void;
}

/**
 * Opens the encoder of a checkpoint, whatever heads it has.
 *
 * @param model an open checkpoint, or where to open one: folder, weight file or Hugging Face id
 * @param backend what computes, e.g. `ortBackend({ ort })`
 * @throws ConfigError or WeightError if config and weights are no such model
 */
export async function openEncoder({
  model,
  backend,
}: {
  readonly model: Checkpoint | string;
  readonly backend: Backend;
}): Promise<OpenEncoder> {
  return usingModel(model, async (checkpoint, close) => encoderOf(checkpoint, backend, close));
}

function encoderOf(checkpoint: Checkpoint, backend: Backend, close: () => void): OpenEncoder {
  const config = parseConfig(checkpoint.config);
  const weights = bindEncoder(checkpoint, config);
  const programs = new Map<string, Promise<Program>>();

  function programFor(layers: boolean, padded: boolean): Promise<Program> {
    const key = `${layers} ${padded}`;
    const program =
      programs.get(key) ??
      backend.compile(encoderGraph(config, layers, padded), weights, { name: checkpoint.source });
    programs.set(key, program);
    return program;
  }

  return {
    checkpoint,
    config,
    backend,
    async encode(recordings, { layers = false } = {}) {
      const least = receptiveField(config);
      const clips = await Promise.all(recordings.map((recording) => readClip(recording, least)));
      const normalise = checkpoint.preprocessor?.doNormalize ?? true;
      const { samples, lengths } = prepareClips(clips, config, { normalise });
      const program = await programFor(layers, lengths !== undefined);
      const inputs = Object.entries({ samples, ...(lengths && { lengths }) }).map(
        ([name, { data, shape }]) => [name, backend.upload(data, shape)] as const,
      );
      const outputs = await program.run(Object.fromEntries(inputs));
      for (const [, tensor] of inputs) backend.free(tensor);
      const counts = clips.map(({ length }) => frameCount(length, config));
      const tensors = { ...outputs, frameCounts: backend.upload(Int32Array.from(counts), [counts.length]) };
      return clipFeatures(backend, tensors, counts, layers);
    },
    dispose() {
      for (const program of programs.values()) void program.then((compiled) => compiled.dispose());
      close();
    },
  };
}

function encoderGraph(config: Wav2Vec2Config, layers: boolean, padded: boolean) {
  const batch = symbol("batch");
  const lengths = padded ? { lengths: input("lengths", [batch], "int32") } : {};
  return graph(featureOutputs(encode(clipsInput(config, batch), config, lengths), { layers }));
}

function clipFeatures(
  backend: Backend,
  tensors: Readonly<Record<string, Tensor>>,
  frameCounts: readonly number[],
  layers: boolean,
): ClipFeatures {
  return {
    tensors,
    frameCounts,
    layers,
    async download(name) {
      const tensor = tensors[name];
      if (tensor?.dtype !== "float32")
        throw new RangeError(
          `features: there is no "${name}"; expected one of ${Object.keys(tensors).filter((key) => key !== "frameCounts").join(", ")}`, // prettier-ignore
        );
      const data = (await backend.download(tensor)) as Float32Array; // of its dtype
      return frameCounts.map((frames, row) => clipPart(data, tensor.shape, row, frames));
    },
    dispose: () => Object.values(tensors).forEach((tensor) => backend.free(tensor)),
  };
}
