// From conv features to the width of the Transformer.
import { layerNorm, linear } from "../graph/composites.js";
import type { Value } from "../graph/graph.js";
import type { Scope } from "../graph/scope.js";
import type { Wav2Vec2Config } from "./config.js";

/** The normalised conv features and their projection. */
export interface ProjectedFeatures {
  /** [batch, frames, conv dim]; what the quantiser of pre-training sees. */
  readonly normalised: Value;
  /** [batch, frames, hiddenSize] */
  readonly projected: Value;
}

/** z [batch, frames, conv dim] -> layer norm -> linear; HF Wav2Vec2FeatureProjection */
export function featureProjection(z: Value, scope: Scope, config: Wav2Vec2Config): ProjectedFeatures {
  const dim = config.convLayers.at(-1)!.dim; // parseConfig refuses an empty list
  const norm = scope.scope("layer_norm");
  const projection = scope.scope("projection");
  const normalised = layerNorm(
    z,
    norm.param("weight", [dim]),
    norm.param("bias", [dim]),
    config.layerNormEps,
  );
  const projected = linear(
    normalised,
    projection.param("weight", [config.hiddenSize, dim]),
    projection.param("bias", [config.hiddenSize]),
  );
  return { normalised, projected };
}
