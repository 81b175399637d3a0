// What the search asks of a language model: words as integers, histories as integers, scores as log10.

/** A file or a file's part that does not hold what a language model needs. */
export class LanguageModelError extends Error {
  override name = "LanguageModelError";
  /**
   * @param where the reader or file part, e.g. "arpa"
   * @param detail what we got; what we expected; what to do
   * @param line line number in a text file, from 1; 0 where there are no lines
   */
  constructor(
    readonly where: string,
    readonly detail: string,
    readonly line = 0,
  ) {
    super(line > 0 ? `${where}: line ${line}: ${detail}` : `${where}: ${detail}`);
  }
}

/**
 * An n-gram model. Histories are small integers that are equal exactly when no continuation can tell them apart
 * (KenLM's state semantics), so a search may compare them. Scores are log10, as ARPA files and KenLM write them.
 *
 * @see https://kheafield.com/papers/avenue/kenlm.pdf §3
 */
export interface NgramModel {
  readonly order: number;
  /** Number of word ids, the unknown word (id 0) included. */
  readonly wordCount: number;
  /** Word id of `</s>`. */
  readonly endWord: number;
  /** History that holds only `<s>`. */
  readonly beginState: number;
  /** History that holds nothing. */
  readonly emptyState: number;
  /** What a careful reader should know, e.g. that the file had no `<unk>`. */
  readonly warnings: readonly string[];
  /** @returns the id of `word`, 0 where the model does not know it */
  indexOf(word: string): number;
  /** @returns the spelling of an id; undefined where the file carries no spellings */
  wordOf(id: number): string | undefined;
  /**
   * Scores one word after a history. The answers for the next step are left in `nextState` and `matchedLength`:
   * a search asks a million times a second, and an object for each answer would be most of the time.
   *
   * @returns log10 p(word | history)
   */
  score(state: number, word: number): number;
  /** History after the word scored last. */
  readonly nextState: number;
  /** Length of the n-gram that gave the last score: 1 is the bare word. */
  readonly matchedLength: number;
}

/** Scores of one sentence: per word, then `</s>` if asked for. */
export interface SentenceScore {
  /** Sum of `words[].score`, log10. */
  readonly total: number;
  readonly words: readonly { readonly score: number; readonly length: number; readonly isUnknown: boolean }[];
}

/**
 * Scores a sentence whose words are separated by ASCII white space.
 *
 * @param options bos: start after `<s>`; eos: score `</s>` at the end
 */
export function scoreSentence(
  model: NgramModel,
  text: string,
  { bos = true, eos = true } = {},
): SentenceScore {
  const tokens = text.split(/[ \t\n\v\f\r]+/).filter((word) => word !== "");
  let state = bos ? model.beginState : model.emptyState;
  let total = 0;
  const words = [...tokens.map((word) => model.indexOf(word)), ...(eos ? [model.endWord] : [])].map((id) => {
    const score = model.score(state, id);
    state = model.nextState;
    total += score;
    return { score, length: model.matchedLength, isUnknown: id === 0 };
  });
  return { total, words };
}

/**
 * Perplexity per token from log10 sums, `</s>` counted and `<s>` not, as KenLM's query tool counts.
 *
 * @returns perplexity with unknown words, without them, and how many tokens and unknown words there were
 */
export function perplexity(model: NgramModel, sentences: Iterable<string>) {
  let [log10, known, tokens, unknown] = [0, 0, 0, 0];
  for (const sentence of sentences) {
    for (const word of scoreSentence(model, sentence).words) {
      tokens += 1;
      log10 += word.score;
      if (word.isUnknown) unknown += 1;
      else known += word.score;
    }
  }
  return {
    perplexity: 10 ** (-log10 / tokens),
    perplexityKnown: 10 ** (-known / (tokens - unknown)),
    tokens,
    unknown,
    log10,
  };
}
