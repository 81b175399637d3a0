// How attention knows the distance between frames: one function for each kind that the family has.
import type { Dim } from "../graph/dim.js";
import type { Value } from "../graph/graph.js";
import type { Scope } from "../graph/scope.js";
import type { DistanceConfig } from "./config-variants.js";
import type { Wav2Vec2Config } from "./config.js";
import { clippedOffsets, sinusoidOffsets } from "./distance-offsets.js";
import { gatedBuckets } from "./distance-buckets.js";
import { rotary } from "./distance-rotary.js";

/** What distance changes in one attention. Absent functions change nothing. */
export interface Distance {
  /** x [batch, frames, hiddenSize] as queries and keys are made of it. */
  readonly turned?: (x: Value) => Value;
  /**
   * The queries as they score content, and what is added to the scores, [batch, heads, frames, frames].
   *
   * @param query [batch, frames, hiddenSize]
   * @param x the attention's input
   * @param scope of this attention
   */
  readonly scored?: (query: Value, x: Value, scope: Scope) => { readonly query: Value; readonly bias: Value };
}

/** What a kind may need: the length, the model's sizes, and the stack's parameters. */
export interface DistanceContext {
  readonly frames: Dim;
  readonly config: Wav2Vec2Config;
  /** Of the checkpoint's `encoder`. */
  readonly scope: Scope;
}

const kinds: {
  readonly [K in DistanceConfig["kind"]]: (
    context: DistanceContext,
    settings: Extract<DistanceConfig, { kind: K }>,
  ) => Distance;
} = { gatedBuckets, rotary, sinusoids: sinusoidOffsets, clipped: clippedOffsets };

/** Builds what all layers share of distance; `{}` if the model has no such notion. */
export function distanceOf(context: DistanceContext): Distance {
  const { distance } = context.config;
  if (!distance) return {};
  const build = kinds[distance.kind] as (context: DistanceContext, settings: DistanceConfig) => Distance; // the key is the settings' own kind
  return build(context, distance);
}
