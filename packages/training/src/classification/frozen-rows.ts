// Runs the frozen part of a head over clips: what is kept of each, alone and in a batch the same.
import {
  encode,
  featureOutputs,
  frameCount,
  graph,
  clipsInput,
  input,
  prepareClips,
  symbol,
  type Backend,
  type Tensor,
  type Wav2Vec2Config,
  type Weights,
} from "@wav2vec/core";
import { inputsOf, withUploaded } from "../trainer/gradient-step.js";
import type { FrozenCut } from "./frozen-cut.js";
import type { ClipRow } from "./output-source.js";

/** A compiled encoder and the frozen part of a head. */
export interface FrozenRows {
  /** Rows of clips (raw samples at 16 kHz), computed as one batch. */
  run(clips: readonly Float32Array[]): Promise<ClipRow[]>;
  dispose(): void;
}

/**
 * Compiles the encoder as far as the cut reads it, and the cut's first part.
 *
 * @param weights of the encoder in training form, and of what the first part has of the head
 */
export async function frozenRows<T extends Tensor>(
  config: Wav2Vec2Config,
  { first }: Pick<FrozenCut, "first">,
  backend: Backend<T>,
  weights: Weights,
  { normalise }: { readonly normalise: boolean },
): Promise<FrozenRows> {
  const batch = symbol("batch");
  const features = encode(clipsInput(config, batch), config, { lengths: input("lengths", [batch], "int32"), weightNorm: "factored" }); // prettier-ignore
  const read = new Set(first.inputs.map(({ name }) => name));
  const all = Object.entries(featureOutputs(features, { layers: true, padded: true }));
  const encoderGraph = graph(Object.fromEntries(all.filter(([name]) => read.has(name))));
  // A state that is kept as it is needs no program.
  const entries = Object.entries(first.outputs);
  const asTheyAre = entries.flatMap(([kept, value]) => (value.kind === "input" ? [[kept, value.name] as const] : [])); // prettier-ignore
  const made = graph(Object.fromEntries(entries.filter(([, value]) => value.kind !== "input")));

  const encoder = await backend.compile(encoderGraph, weights, { name: "encoder" });
  const reducer =
    Object.keys(made.outputs).length > 0
      ? await backend.compile(made, weights, { name: "frozen part of the head" })
      : undefined;

  return {
    async run(clips) {
      const { samples, lengths } = prepareClips(clips, config, { normalise });
      const counts = lengths ?? { data: new Int32Array(clips.length).fill(samples.shape[1]!), shape: [clips.length] }; // prettier-ignore
      return withUploaded(backend, { samples, lengths: counts }, async (feeds) => {
        const states = await encoder.run(inputsOf(encoderGraph, feeds));
        const reduced = reducer ? await reducer.run(inputsOf(made, states)) : {};
        const frames = clips.map(({ length }) => frameCount(length, config));
        const rows = frames.map((own) => ({
          frames: own,
          parts: {} as Record<string, ClipRow["parts"][string]>,
        })); // filled below
        const kept = [...asTheyAre.map(([name, state]) => [name, states[state]!] as const), ...Object.entries(reduced)]; // prettier-ignore
        for (const [name, tensor] of kept) {
          const data = (await backend.download(tensor)) as Float32Array; // kept values are float32
          const [, width, ...inner] = tensor.shape;
          const size = inner.reduce((n, dim) => n * dim, 1);
          const isOfFrames = first.outputs[name]!.shape.some(
            (dim, axis) => axis === 1 && typeof dim !== "number",
          );
          rows.forEach(({ parts, frames: own }, row) => {
            const start = row * width! * size;
            const length = isOfFrames ? own : width!;
            parts[name] = { data: data.slice(start, start + length * size), shape: [length, ...inner] };
          });
        }
        for (const tensor of [...Object.values(states), ...Object.values(reduced)]) backend.free(tensor);
        return rows;
      });
    },
    dispose() {
      encoder.dispose();
      reducer?.dispose();
    },
  };
}
