// From conv features to the width of the context network.
import type { Value } from "../graph/graph.js";
import type { Scope } from "../graph/scope.js";
import { dense, normalised } from "./affine.js";
import type { Wav2Vec2Config } from "./config.js";

/** The normalised conv features and their projection. */
export interface ProjectedFeatures {
  /** [batch, frames, conv dim]; what the quantiser of pre-training sees. */
  readonly normalised: Value;
  /** [batch, frames, hiddenSize] */
  readonly projected: Value;
}

/** z [batch, frames, conv dim] -> layer norm where the model has one -> linear; HF Wav2Vec2FeatureProjection */
export function featureProjection(z: Value, scope: Scope, config: Wav2Vec2Config): ProjectedFeatures {
  const normal = config.projectionNorm ? normalised(z, scope.scope("layer_norm"), config.layerNormEps) : z;
  return { normalised: normal, projected: dense(normal, scope.scope("projection"), config.hiddenSize) };
}
