// The heads of Hugging Face checkpoints, and audeering's for emotion dimensions, under their keys.
import { relu } from "../../graph/composites.js";
import type { Value } from "../../graph/graph.js";
import type { Scope } from "../../graph/scope.js";
import { add, conv1d, reshape, sub, tanh, transpose } from "../../graph/words.js";
import { dense, widthOf } from "../affine.js";
import type { Features } from "../encoder.js";
import { defineHead, type Head } from "./define-head.js";
import type { HeadConfig, TdnnLayerConfig } from "./head-config.js";
import { maskedMean, meanFeatures, statisticsPooling } from "./pooling.js";
import { weightedLayers } from "./weighted-layers.js";

/** Logits [batch, labels] of a whole clip: projector, mean over frames, classifier; HF Wav2Vec2ForSequenceClassification */
export function sequenceClassificationHead(config: HeadConfig): Head<"logits"> {
  return defineHead((features, scope) => {
    const state = stateOf(meanFeatures(features), scope, config); // [batch, 1, hiddenSize]: the projector is linear
    const projected = dense(state, scope.scope("projector"), config.projectionSize);
    const pooled = reshape(projected, [state.shape[0]!, config.projectionSize]);
    return { logits: dense(pooled, scope.scope("classifier"), config.labels.length) };
  });
}

/** Logits [batch, frames, labels] of each frame; HF Wav2Vec2ForAudioFrameClassification */
export function frameClassificationHead(config: HeadConfig): Head<"logits"> {
  return defineHead((features, scope) => ({
    logits: dense(stateOf(features, scope, config), scope.scope("classifier"), config.labels.length),
  }));
}

/**
 * A speaker's embedding [batch, embeddingSize] and what the classifier makes of it, `logits` of the same size.
 * Unlike HF, the statistics of a padded clip are those of its own frames: the dilation of each layer counts.
 *
 * @see Snyder et al. 2018; HF Wav2Vec2ForXVector
 */
export function xvectorHead(config: HeadConfig): Head<"embedding" | "logits"> {
  return defineHead((features, scope) => {
    const { tdnn, embeddingSize } = config;
    let x = dense(stateOf(features, scope, config), scope.scope("projector"), tdnn[0]!.dim); // parseHeadConfig refuses an empty list
    let counts = features.frameCounts;
    tdnn.forEach((layer, i) => {
      x = timeDelay(x, scope.scope(`tdnn.${i}.kernel`), layer);
      counts = counts && sub(counts, framesLost(layer));
    });
    const embedding = dense(statisticsPooling(x, counts), scope.scope("feature_extractor"), embeddingSize);
    return { embedding, logits: dense(embedding, scope.scope("classifier"), embeddingSize) };
  });
}

/**
 * Values [batch, labels], one a dimension such as arousal: mean over frames, dense, tanh, dense.
 *
 * @see Wagner et al. 2023; audeering/wav2vec2-large-robust-12-ft-emotion-msp-dim
 */
export function regressionHead(config: HeadConfig): Head<"values"> {
  return defineHead(({ last, frameCounts }, scope) => {
    const classifier = scope.scope("classifier");
    const inner = tanh(dense(maskedMean(last, frameCounts), classifier.scope("dense"), widthOf(last)));
    return { values: dense(inner, classifier.scope("out_proj"), config.labels.length) };
  });
}

/** Fewest frames from which an x-vector can be made: what its layers lose, and two for a deviation. */
export function xvectorFrames({ tdnn }: Pick<HeadConfig, "tdnn">): number {
  return tdnn.reduce((frames, layer) => frames + framesLost(layer), 2);
}

function stateOf(features: Features, scope: Scope, { layerSum }: HeadConfig): Value {
  return layerSum ? weightedLayers(features, scope, layerSum) : features.last;
}

/** A dilated convolution without padding, whose weight [dim, kernel * width] lies as a linear map over stacked frames; then ReLU. */
function timeDelay(x: Value, scope: Scope, { dim, kernel, dilation }: TdnnLayerConfig): Value {
  const width = widthOf(x);
  const stacked = reshape(scope.param("weight", [dim, kernel * width]), [dim, kernel, width]);
  const y = conv1d(transpose(x, [0, 2, 1]), transpose(stacked, [0, 2, 1]), { dilation });
  return relu(add(transpose(y, [0, 2, 1]), scope.param("bias", [dim])));
}

function framesLost({ kernel, dilation }: TdnnLayerConfig): number {
  return dilation * (kernel - 1);
}
