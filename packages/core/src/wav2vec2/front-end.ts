// What an encoder takes of clips: normalised samples, or filter banks where the model hears those.
import { symbol, type Dim } from "../graph/dim.js";
import { input, type Input } from "../graph/graph.js";
import type { Wav2Vec2Config } from "./config.js";
import { filterBanks } from "./filter-banks.js";
import { encoderFrames } from "./frame-counts.js";
import { normaliseSamples } from "./normalise.js";

/** Host data of one graph input. */
export interface HostTensor<T extends Float32Array | Int32Array> {
  readonly data: T;
  readonly shape: readonly number[];
}

/** Clips as one batch. */
export interface PreparedClips {
  /** [clips, samples], or [clips, frames, bins of one frame] of a model that hears filter banks; padded with zeros. */
  readonly samples: HostTensor<Float32Array>;
  /** Valid samples, or frames, of each clip; absent if all are as long as the batch. */
  readonly lengths?: HostTensor<Int32Array>;
}

/** The input of `encode`: [batch, samples] or, for filter banks, [batch, frames, bins of one frame]. */
export function clipsInput(config: Wav2Vec2Config, batch: Dim = symbol("batch")): Input {
  return config.filterBanks
    ? input("samples", [batch, symbol("frames"), filterWidth(config.filterBanks)])
    : input("samples", [batch, symbol("samples")]);
}

/**
 * Prepares clips for one run, each over its own samples: padding never changes what is heard of a clip.
 *
 * @param clips raw samples, 16 kHz mono, each at least `receptiveField(config)` long
 * @param normalise whether samples get mean 0 and variance 1 (`do_normalize`); filter banks always do
 */
export function prepareClips(
  clips: readonly Float32Array[],
  config: Wav2Vec2Config,
  { normalise = true }: { readonly normalise?: boolean } = {},
): PreparedClips {
  const { filterBanks: banks } = config;
  const width = banks ? filterWidth(banks) : 1;
  const lengths = clips.map(
    ({ length }) => (banks ? (encoderFrames(length, config.convLayers) as number) : length), // a number stays a number
  );
  const longest = Math.max(...lengths);
  const data = new Float32Array(clips.length * longest * width);
  clips.forEach((clip, row) => {
    const heard = banks ? filterBanks(clip, banks) : normalise ? normaliseSamples(clip) : clip;
    data.set(heard, row * longest * width);
  });
  const samples = { data, shape: banks ? [clips.length, longest, width] : [clips.length, longest] };
  return lengths.every((length) => length === longest)
    ? { samples }
    : { samples, lengths: { data: Int32Array.from(lengths), shape: [clips.length] } };
}

function filterWidth({ bins, stacked }: { readonly bins: number; readonly stacked: number }): number {
  return bins * stacked;
}
