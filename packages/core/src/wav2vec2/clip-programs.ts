// A graph over clips on a backend: raw clips in, each clip's own rows out, as if it had been alone.
import type { Backend, Program, Tensor, Weights } from "../graph/backend.js";
import { symbol } from "../graph/dim.js";
import { graph, input, type Graph, type Value } from "../graph/graph.js";
import type { Wav2Vec2Config } from "./config.js";
import { frameCount } from "./frame-counts.js";
import { clipsInput, prepareClips } from "./front-end.js";

/** What a graph over clips computes. */
export interface ClipGraph<Output extends string = string> {
  readonly config: Wav2Vec2Config;
  /**
   * @param samples `clipsInput`
   * @param lengths int32 [batch] if clips of several lengths are to be run together
   * @returns outputs [batch, dim], or [batch, frames, dim] with one row for each frame of the encoder
   */
  readonly build: (samples: Value, lengths: Value | undefined) => Readonly<Record<Output, Value>>;
}

/** One clip's part of an output: [dim], or [own frames, dim]. */
export interface ClipOutput {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** A compiled graph over clips. */
export interface ClipPrograms<Output extends string = string> {
  /**
   * @param clips raw samples, 16 kHz mono, each at least `receptiveField` long; run as one batch
   * @param others the graph's other inputs; they stay valid
   * @returns for each output one entry a clip
   */
  run(
    clips: readonly Float32Array[],
    others?: Readonly<Record<string, Tensor>>,
  ): Promise<Record<Output, ClipOutput[]>>;
  dispose(): void;
}

/** The graph without lengths, for clips of one length, or with them. */
export function clipGraph({ config, build }: ClipGraph, padded: boolean): Graph {
  const batch = symbol("batch");
  return graph(build(clipsInput(config, batch), padded ? input("lengths", [batch], "int32") : undefined));
}

/**
 * Compiles a graph over clips. Clips of one length need no mask, and the program without one is faster; the one with
 * a mask is compiled when a batch first needs it.
 *
 * @param settings `normalise`: whether the checkpoint asks for samples of mean 0 and variance 1; `name`: for errors
 * @throws WeightError if a parameter is missing or has another shape
 */
export async function clipPrograms<Output extends string>(
  definition: ClipGraph<Output>,
  backend: Backend,
  weights: Weights,
  { normalise, name }: { readonly normalise: boolean; readonly name: string },
): Promise<ClipPrograms<Output>> {
  const { config } = definition;
  const compile = (padded: boolean) => backend.compile(clipGraph(definition, padded), weights, { name });
  const plain = await compile(false);
  let masked: Promise<Program> | undefined;
  return {
    async run(clips, others = {}) {
      const { samples, lengths } = prepareClips(clips, config, { normalise });
      const program = lengths ? await (masked ??= compile(true)) : plain;
      const own: Record<string, Tensor> = { samples: backend.upload(samples.data, samples.shape) };
      if (lengths) own["lengths"] = backend.upload(lengths.data, lengths.shape);
      const outputs = await program.run({ ...own, ...others });
      for (const tensor of Object.values(own)) backend.free(tensor);
      const parts: Record<string, ClipOutput[]> = {};
      for (const [output, tensor] of Object.entries(outputs)) {
        const data = (await backend.download(tensor)) as Float32Array; // outputs are float32
        backend.free(tensor);
        parts[output] = clips.map((clip, row) => clipPart(data, tensor.shape, row, frameCount(clip.length, config))); // prettier-ignore
      }
      return parts as Record<Output, ClipOutput[]>; // the program's outputs are those of `build`
    },
    dispose() {
      plain.dispose();
      void masked?.then((program) => program.dispose());
    },
  };
}

/** Row `row` of an output [batch, dim] or [batch, frames, dim], without the frames of padding. */
export function clipPart(
  data: Float32Array,
  shape: readonly number[],
  row: number,
  frames: number,
): ClipOutput {
  const own = shape.length === 3 ? [frames, shape[2]!] : shape.slice(1);
  const start = row * shape.slice(1).reduce((size, dim) => size * dim, 1);
  const size = own.reduce((product, dim) => product * dim, 1);
  return { data: data.subarray(start, start + size), shape: own };
}
