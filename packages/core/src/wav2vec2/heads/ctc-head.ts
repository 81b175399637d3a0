// The head of recognisers: a score for each symbol and frame.
import type { Value } from "../../graph/graph.js";
import { scope as rootScope, type Scope } from "../../graph/scope.js";
import { dense } from "../affine.js";
import type { Wav2Vec2Config } from "../config.js";
import type { Features } from "../encoder.js";

/** Logits over the vocabulary, [batch, frames, vocabSize]; HF Wav2Vec2ForCTC */
export function ctcHead(
  { last }: Features,
  { vocabSize }: Pick<Wav2Vec2Config, "vocabSize">,
  scope: Scope = rootScope(),
): Value {
  return dense(last, scope.scope("lm_head"), vocabSize);
}
