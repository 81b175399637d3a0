// The two sides of the contrastive task: what the context predicts, and the quantised targets.
import { linear } from "../graph/composites.js";
import { mulDims, type Dim } from "../graph/dim.js";
import type { Value } from "../graph/graph.js";
import { scope as rootScope, type Scope } from "../graph/scope.js";
import { gather, reshape } from "../graph/words.js";
import type { EncodedFeatures } from "./encoder.js";
import type { PretrainingConfig } from "./pretraining-config.js";
import { quantize, type CodeSampling, type Quantised } from "./quantizer.js";

/** Both sides at the masked frames. */
export interface ContrastivePairs extends Quantised {
  /** Projected context, [masked, projectionDim]. */
  readonly predictions: Value;
  /** Projected codes, [masked, projectionDim]. */
  readonly targets: Value;
}

export interface ContrastiveOptions {
  /** Noise and temperature of the code choice; without it the best codes are taken, as in evaluation. */
  readonly sampling?: CodeSampling;
  /** Applied to the quantiser's input (`dropout_features`, `feat_quantizer_dropout`). */
  readonly dropout?: (x: Value) => Value;
  readonly scope?: Scope;
}

/**
 * Predictions and targets of the masked frames; only these are quantised.
 *
 * @param features of an encoder whose `timeMask` hid those frames
 * @param masked int32 [masked], positions in batch · frames
 * @see HF Wav2Vec2ForPreTraining (`project_hid`, `project_q`); fairseq `final_proj`, `project_q`
 */
export function contrastivePairs(
  { last, stages }: EncodedFeatures,
  masked: Value,
  config: PretrainingConfig,
  { sampling, dropout = (x) => x, scope = rootScope() }: ContrastiveOptions = {},
): ContrastivePairs {
  const project = (x: Value, name: string) => {
    const at = scope.scope(name);
    const width = x.shape[1] as number; // the widths of encoder and codes are known
    return linear(
      x,
      at.param("weight", [config.projectionDim, width]),
      at.param("bias", [config.projectionDim]),
    );
  };
  const chosen = quantize(
    rowsAt(dropout(stages.features), masked),
    scope.scope("quantizer"),
    config,
    sampling,
  );
  return {
    ...chosen,
    predictions: project(rowsAt(last, masked), "project_hid"),
    targets: project(chosen.q, "project_q"),
  };
}

/** x [batch, frames, dim] at positions of batch · frames -> [positions, dim] */
function rowsAt(x: Value, positions: Value): Value {
  const [batch, frames, dim] = x.shape as readonly [Dim, Dim, Dim]; // features have three axes
  return gather(reshape(x, [mulDims(batch, frames), dim]), positions);
}
