// Discrete units: the quantiser's choice at every frame, for models that carry their pre-training quantiser along.
import { mulDims, type Dim } from "../../graph/dim.js";
import type { Value } from "../../graph/graph.js";
import { scope as rootScope, type Scope } from "../../graph/scope.js";
import { add, mul, reshape, slice } from "../../graph/words.js";
import type { EncodedFeatures } from "../encoder.js";
import type { PretrainingConfig } from "../pretraining-config.js";
import { quantize } from "../quantizer.js";

/** What the quantiser chooses. */
export interface Units {
  /** Index of the chosen code in each codebook, int32 [batch, frames, groups]. */
  readonly codes: Value;
  /** The choice as one number, the first codebook most significant, int32 [batch, frames]. */
  readonly index: Value;
  /** Joined code vectors, the paper's q, [batch, frames, codeDim]. */
  readonly quantised: Value;
}

/** The best code of each codebook for every frame. Units depend on the feature encoder only, not on the layers. */
export function units(
  { stages: { features } }: EncodedFeatures,
  config: Pick<PretrainingConfig, "groups" | "codes" | "codeDim">,
  scope: Scope = rootScope(),
): Units {
  const [batch, frames, dim] = features.shape as readonly [Dim, Dim, number]; // conv features
  const rows = reshape(features, [mulDims(batch, frames), dim]);
  const { q, codes } = quantize(rows, scope.scope("quantizer"), config);
  const byGroup = reshape(codes, [batch, frames, config.groups]);
  const columns = Array.from({ length: config.groups }, (_, group) => slice(byGroup, 2, group, group + 1));
  const index = columns.reduce((sum, column) => add(mul(sum, config.codes), column));
  return {
    codes: byGroup,
    index: reshape(index, [batch, frames]),
    quantised: reshape(q, [batch, frames, config.codeDim]),
  };
}
