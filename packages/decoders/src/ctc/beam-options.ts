// The settings of a beam search, and how they become a search with its fusion.
import type { Lexicon } from "../lm/lexicon.js";
import type { NgramModel } from "../lm/model.js";
import { BeamSearch } from "./beam-search.js";
import type { Fusion } from "./fusion.js";
import { HotwordTracker, type Hotword } from "./hotword-tracker.js";
import { LexiconFusion } from "./lexicon-fusion.js";
import { NeuralFusion, type NeuralLanguageModel } from "./neural-fusion.js";
import { SymbolFusion } from "./symbol-fusion.js";
import type { Vocabulary } from "./vocabulary.js";
import { WordFusion } from "./word-fusion.js";

/** Only words of a lexicon; an n-gram model over words looks ahead while they are spelled. */
export interface LexiconLanguage {
  readonly kind: "lexicon";
  readonly lexicon: Lexicon;
  readonly model?: NgramModel;
  /** Factor on log10 scores; default 2. */
  readonly weight?: number;
  /** Added for each word, natural log; default 0. */
  readonly wordScore?: number;
  /** Added for each unknown word; default −Infinity, which allows none. */
  readonly unknownScore?: number;
}

/** Any spelling; an n-gram model over words scores each when it is complete. */
export interface WordLanguage {
  readonly kind: "words";
  readonly model?: NgramModel;
  /** Factor on natural-log scores; default 0.5. */
  readonly alpha?: number;
  /** Added for each word; default 1.5. */
  readonly beta?: number;
  /**
   * Known words; the model's where absent. Beginnings of none cost `unknownScore` (natural log, more beyond six letters)
   * while they last, so that words end where known ones do.
   */
  readonly words?: Iterable<string>;
  /** Added to the log10 score of an unknown word; default −10. */
  readonly unknownScore?: number;
  /** Whether `<s>` and `</s>` are scored; default true. */
  readonly sentenceBoundaries?: boolean;
}

/** Any spelling; an n-gram model over symbols scores each. */
export interface SymbolLanguage {
  readonly kind: "symbols";
  readonly model: NgramModel;
  /** Factor on log10 scores; default 1. */
  readonly weight?: number;
}

/** Any spelling; a neural network scores each symbol. Decodes asynchronously only. */
export interface NeuralLanguage {
  readonly kind: "neural";
  readonly model: NeuralLanguageModel<unknown>;
  /** Factor on natural-log scores; default 0.5. */
  readonly weight?: number;
  /** Added for each symbol; default 0. */
  readonly symbolScore?: number;
}

/** Settings of a beam search. Scores are natural logs. */
export interface BeamOptions {
  readonly vocabulary: Vocabulary;
  /** Hypotheses kept after each frame; a prefix ended in a blank and ended in its symbol are two. Default 100. */
  readonly beamSize?: number;
  /** Hypotheses this far below the best are dropped; default 50. */
  readonly beamThreshold?: number;
  /** At most so many symbols are tried in a frame; default all. */
  readonly symbolCount?: number;
  /** Symbols below this log-probability are tried only if they are the frame's best; default −Infinity. */
  readonly symbolThreshold?: number;
  /** "sum": a text's score is the sum over its alignments; "max": that of its best alignment. Default "sum". */
  readonly alignments?: "sum" | "max";
  readonly language?: LexiconLanguage | WordLanguage | SymbolLanguage | NeuralLanguage;
  /** Added for every frame of the word delimiter; default 0. */
  readonly delimiterScore?: number;
  /**
   * Of hypotheses that the language model cannot tell apart from here on only the best is kept: more room in the beam,
   * at the price of n-best lists that differ only near the end, and of sums that leave something out. Default false.
   */
  readonly recombine?: boolean;
  /** Words to expect. Needs a way to tell words apart: a delimiter, a word prefix or a lexicon. */
  readonly hotwords?: readonly Hotword[];
  /** Whether a symbol that is special in the vocabulary may be put out; default false. */
  readonly allowSpecial?: boolean;
  /** [symbols, symbols] ASG transition scores, to × from: the network has no blank. */
  readonly transitions?: Float32Array;
  /** The text is taken to follow a word delimiter, so that leading ones cost nothing. Default: with a language of words. */
  readonly startsAfterDelimiter?: boolean;
}

/** A setting that cannot be used, by name. */
export class BeamOptionError extends Error {
  override name = "BeamOptionError";
  constructor(
    readonly option: string,
    detail: string,
  ) {
    super(`beam search: ${option} ${detail}`);
  }
}

/** @throws BeamOptionError naming the option */
export function createSearch(options: BeamOptions): BeamSearch {
  const { vocabulary, beamSize = 100, beamThreshold = 50, symbolThreshold = -Infinity, language } = options;
  const symbols = vocabulary.tokens.length;
  const {
    symbolCount = symbols,
    alignments = "sum",
    delimiterScore = 0,
    recombine = false,
    transitions,
  } = options;
  if (!Number.isInteger(beamSize) || beamSize < 1)
    throw new BeamOptionError("beamSize", `is ${beamSize}; expected a whole number above 0`);
  if (!(beamThreshold >= 0))
    throw new BeamOptionError("beamThreshold", `is ${beamThreshold}; expected 0 or more`);
  if (!(symbolCount >= 1)) throw new BeamOptionError("symbolCount", `is ${symbolCount}; expected 1 or more`);
  if (Number.isNaN(symbolThreshold))
    throw new BeamOptionError("symbolThreshold", "is NaN; expected a log-probability");
  if (delimiterScore !== 0 && vocabulary.wordDelimiter === undefined)
    throw new BeamOptionError("delimiterScore", "needs a vocabulary with a word delimiter");
  if (!Number.isFinite(delimiterScore))
    throw new BeamOptionError("delimiterScore", `is ${delimiterScore}; expected a finite number`);
  if (transitions !== undefined && transitions.length !== symbols * symbols) {
    throw new BeamOptionError(
      "transitions",
      `has ${transitions.length} values; expected ${symbols} × ${symbols}`,
    );
  }
  if (transitions !== undefined && language?.kind !== "lexicon")
    throw new BeamOptionError("transitions", "needs a lexicon");
  if (!(vocabulary.blank >= 0 && vocabulary.blank < symbols) && transitions === undefined) {
    throw new BeamOptionError(
      "vocabulary.blank",
      `is ${vocabulary.blank}; expected one of ${symbols} symbols`,
    );
  }
  const special = (vocabulary.special ?? []).filter(
    (symbol) => symbol !== vocabulary.blank && symbol !== vocabulary.wordDelimiter,
  );
  return new BeamSearch(
    {
      symbols,
      blank: transitions === undefined ? vocabulary.blank : -1,
      delimiter: vocabulary.wordDelimiter ?? -1,
      beamSize,
      beamThreshold,
      symbolCount,
      symbolThreshold,
      sumAlignments: alignments === "sum",
      alwaysStay: language?.kind === "lexicon",
      delimiterScore,
      recombine,
      transitions,
      excluded: new Set(options.allowSpecial === true ? [] : special),
    },
    createFusion(options),
  );
}

function createFusion(options: BeamOptions): Fusion {
  const { vocabulary, language, hotwords = [] } = options;
  const delimiter = vocabulary.wordDelimiter ?? -1;
  const texts = vocabulary.tokens.map((token, symbol) => textInWord(token, symbol, vocabulary));
  const tracker = hotwords.length > 0 ? new HotwordTracker(hotwords, texts) : undefined;
  checkFinite(language ?? {});
  if (language?.kind === "lexicon") {
    const { lexicon, model, weight = 2, wordScore = 0, unknownScore = -Infinity } = language;
    const largest = lexicon.edgeSymbol.reduce((most, symbol) => Math.max(most, symbol), 0);
    if (largest >= vocabulary.tokens.length)
      throw new BeamOptionError(
        "language.lexicon",
        `has symbol ${largest}; the vocabulary has ${vocabulary.tokens.length}`,
      );
    return new LexiconFusion({
      lexicon,
      model,
      weight,
      wordScore,
      unknownScore,
      delimiter,
      hotwords: tracker,
    });
  }
  if (language?.kind === "words" || (language === undefined && tracker !== undefined)) {
    if (delimiter < 0 && vocabulary.wordPrefix === undefined) {
      throw new BeamOptionError(
        language === undefined ? "hotwords" : "language",
        "needs a vocabulary with a word delimiter or a word prefix",
      );
    }
    const {
      model,
      alpha = 0.5,
      beta = 1.5,
      words,
      unknownScore = -10,
      sentenceBoundaries = true,
    }: Partial<WordLanguage> = language ?? {};
    const beginsWord = vocabulary.tokens.map(
      (token) => vocabulary.wordPrefix !== undefined && token.startsWith(vocabulary.wordPrefix),
    );
    return new WordFusion({
      model,
      alpha,
      beta,
      words,
      unknownScore,
      sentenceBoundaries,
      texts,
      beginsWord,
      delimiter,
      hotwords: tracker,
    });
  }
  if (tracker !== undefined)
    throw new BeamOptionError("hotwords", "cannot be combined with a language of symbols");
  const rootSymbol = options.startsAfterDelimiter === true ? delimiter : -1;
  if (language?.kind === "neural") {
    const { model, weight = 0.5, symbolScore = 0 } = language;
    return new NeuralFusion({ model, weight, symbolScore, rootSymbol });
  }
  return new SymbolFusion({
    model: language?.model,
    weight: language?.weight ?? 1,
    tokens: vocabulary.tokens,
    rootSymbol,
  });
}

function checkFinite(language: object): void {
  for (const [name, value] of Object.entries(language)) {
    const isAllowed =
      typeof value !== "number" || Number.isFinite(value) || (name === "unknownScore" && value === -Infinity);
    if (!isAllowed)
      throw new BeamOptionError(`language.${name}`, `is ${String(value)}; expected a finite number`);
  }
}

// what a symbol adds to the spelling of a word: nothing for the delimiter, the rest of the token after a word prefix
function textInWord(token: string, symbol: number, { blank, wordDelimiter, wordPrefix }: Vocabulary): string {
  if (symbol === blank || symbol === wordDelimiter) return "";
  return wordPrefix !== undefined && token.startsWith(wordPrefix) ? token.slice(wordPrefix.length) : token;
}
