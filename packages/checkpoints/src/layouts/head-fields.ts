// The part of a config that only the weights know: which head there is and how large.
import type { Weights } from "@wav2vec/core";

/** Architecture name, vocabulary or label count, and adapter width, from the shapes of the weights. */
export function headFields(weights: Weights): Record<string, unknown> {
  const rows = (key: string) => weights.get(key)?.shape[0];
  const adapter = rows("encoder.layers.0.adapter_layer.linear_1.weight");
  return {
    architectures: [architecture(weights)],
    vocab_size: rows("lm_head.weight") ?? 32,
    ...(weights.has("classifier.weight") && {
      num_labels: rows("classifier.weight"),
      classifier_proj_size: rows("projector.weight"),
    }),
    ...(adapter !== undefined && { adapter_attn_dim: adapter }),
  };
}

function architecture(weights: Weights): string {
  if (weights.has("lm_head.weight")) return "Wav2Vec2ForCTC";
  if (weights.has("quantizer.codevectors")) return "Wav2Vec2ForPreTraining";
  return weights.has("classifier.weight") ? "Wav2Vec2ForSequenceClassification" : "Wav2Vec2Model";
}
