// Which symbol each output of the head is, and which of them is the blank: read from the checkpoint and verified.
import type { Checkpoint } from "@wav2vec/checkpoints";
import type { Wav2Vec2Config } from "@wav2vec/core";
import { VocabularyError, type Vocabulary } from "@wav2vec/decoders";

/** Names under which checkpoints hold a blank that is not their padding. */
const BLANK_NAMES = ["<blank>", "[blank]", "<ctc_blank>", "<blk>"];

/**
 * The symbols of a checkpoint's CTC head.
 *
 * @throws VocabularyError if there is none, or its size is not that of the head
 */
export function vocabularyOf(checkpoint: Checkpoint, { vocabSize, padTokenId }: Wav2Vec2Config): Vocabulary {
  const { source, vocabulary, tokenizer, weights } = checkpoint;
  const outputs = weights.get("lm_head.weight")?.shape[0];
  if (outputs === undefined) {
    throw new VocabularyError(
      `${source}: has no CTC head (lm_head); expected a model fine-tuned for recognition; fine-tune it, or name another model`,
    );
  }
  if (outputs !== vocabSize) {
    throw new VocabularyError(
      `${source}: config.json says vocab_size ${vocabSize}, the head has ${outputs} outputs; use the config.json of these weights`,
    );
  }
  if (!vocabulary)
    throw new VocabularyError(
      `${source}: has no vocab.json (or dict.ltr.txt); put the one it was trained with beside the weights`,
    );
  const special = specialTokens(tokenizer);
  const { tokens } = vocabulary;
  // Tokenisers append <s> and </s> past the head of models that were trained without them; they are never output.
  const beyond = tokens.slice(outputs);
  if (
    tokens.length < outputs ||
    beyond.some((token) => !special.has(token) && token !== tokenizer.wordDelimiterToken)
  ) {
    throw new VocabularyError(
      `${source}: the vocabulary has ${tokens.length} symbols, the head ${outputs} outputs; use the vocab.json that the model was trained with`,
    );
  }
  const own = tokens.slice(0, outputs);
  const named = own.findIndex((token) => BLANK_NAMES.includes(token.toLowerCase()));
  const padding = own.indexOf(tokenizer.padToken);
  const blank = named >= 0 ? named : padding >= 0 ? padding : padTokenId;
  if (blank >= outputs)
    throw new VocabularyError(
      `${source}: no symbol is the blank: neither ${BLANK_NAMES[0]} nor ${tokenizer.padToken} is in the vocabulary, and pad_token_id is ${padTokenId}`,
    );
  const wordDelimiter = own.indexOf(tokenizer.wordDelimiterToken);
  return {
    tokens: own,
    blank,
    ...(wordDelimiter >= 0 && { wordDelimiter }),
    special: own.flatMap((token, id) => (id !== blank && special.has(token) ? [id] : [])),
  };
}

function specialTokens({
  padToken,
  unkToken,
  bosToken,
  eosToken,
}: Checkpoint["tokenizer"]): ReadonlySet<string> {
  return new Set([padToken, unkToken, bosToken, eosToken]);
}
