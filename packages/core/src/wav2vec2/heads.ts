// Heads of published checkpoints: functions of Features.
import { linear } from "../graph/composites.js";
import type { Value } from "../graph/graph.js";
import { scope as rootScope, type Scope } from "../graph/scope.js";
import type { Wav2Vec2Config } from "./config.js";
import type { Features } from "./encoder.js";

/** Logits over the vocabulary, [batch, frames, vocabSize]; HF Wav2Vec2ForCTC */
export function ctcHead(
  { last }: Features,
  { vocabSize }: Wav2Vec2Config,
  scope: Scope = rootScope(),
): Value {
  const head = scope.scope("lm_head");
  const width = last.shape[2] as number; // the encoder's width is known
  return linear(last, head.param("weight", [vocabSize, width]), head.param("bias", [vocabSize]));
}
