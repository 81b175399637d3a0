// Beam search decoding: a whole clip at once, or a decoder that is fed in pieces of any size.
import { BeamOptionError, createSearch, type BeamOptions } from "./beam-options.js";
import { bestTexts, restoreSearch, saveSearch, type RawHypothesis, type SavedSearch } from "./beam-result.js";
import type { BeamSearch } from "./beam-search.js";
import { checkEmissions, EmissionsError, type Emissions } from "./emissions.js";
import type { Run } from "./lattice.js";
import { textOf, wordOf, wordsOf, type CharacterSpan, type DecodedSymbol, type WordSpan } from "./spans.js";
import type { Vocabulary } from "./vocabulary.js";

/** Frames decoded before asynchronous decoding lets other work in. */
const FRAMES_PER_TURN = 64;

/** One decoded text. */
export interface Hypothesis {
  readonly text: string;
  /** Words with times in frames; of the best alignment the search has seen. */
  readonly words: readonly WordSpan[];
  readonly symbols: readonly DecodedSymbol[];
  /** Total, natural log: acoustic part, weighted language model, word scores, hotwords. */
  readonly score: number;
  /** Log-probability of the text's alignments, natural. */
  readonly acoustic: number;
  /** Language model's part, log10 and not weighted; a look-ahead of an unfinished word included. */
  readonly languageModel: number;
}

/** A decoder in progress as plain JSON data; the options are not part of it. */
export interface SavedBeam {
  readonly version: 1;
  readonly symbols: number;
  readonly search: SavedSearch;
}

/** Decodes emissions that come in pieces; the outcome does not depend on how they are cut. */
export interface BeamDecoder {
  /** Frames fed so far. */
  readonly frames: number;
  /** Takes the next frames. @throws EmissionsError on NaN or a wrong number of symbols, before any of them is used */
  feed(emissions: Emissions): void;
  /** The same for language models that take time. */
  feedAsync(emissions: Emissions, signal?: AbortSignal): Promise<void>;
  /** Best hypotheses as they stand, nothing scored that is not decided yet. */
  partial(count?: number): Hypothesis[];
  /** Words that will not change any more. */
  committed(): WordSpan[];
  /** Best hypotheses if the text ends here; more can be fed afterwards all the same. */
  finish(count?: number): Hypothesis[];
  /** What `createBeamDecoder` needs to go on from here. */
  save(): SavedBeam;
}

/**
 * Creates a decoder.
 *
 * @param saved state of a decoder with the same options, to go on from
 * @throws BeamOptionError naming the option
 */
export function createBeamDecoder(options: BeamOptions, saved?: SavedBeam): BeamDecoder {
  const search = createSearch(options);
  const { vocabulary } = options;
  const symbols = vocabulary.tokens.length;
  if (saved !== undefined) {
    if (saved.version !== 1 || saved.symbols !== symbols) {
      throw new BeamOptionError(
        "saved",
        `is of version ${saved.version} with ${saved.symbols} symbols; expected 1 and ${symbols}`,
      );
    }
    restoreSearch(search, saved.search);
  }
  const isLexicon = options.language?.kind === "lexicon";
  const present = (raw: RawHypothesis) => hypothesisOf(raw, search, vocabulary, isLexicon);
  return {
    get frames() {
      return search.frame;
    },
    feed(emissions) {
      check(emissions, symbols, search.frame);
      for (let frame = 0; frame < emissions.frames; frame++) search.step(emissions.data, frame * symbols);
    },
    async feedAsync(emissions, signal) {
      check(emissions, symbols, search.frame);
      for (let frame = 0; frame < emissions.frames; frame++) {
        if (frame % FRAMES_PER_TURN === 0) {
          if (frame > 0) await new Promise((resolve) => setTimeout(resolve));
          signal?.throwIfAborted();
        }
        await search.prepare();
        search.step(emissions.data, frame * symbols);
      }
      await search.prepare();
    },
    partial: (count = 1) => bestTexts(search, count, false).map(present),
    committed() {
      search.thin();
      const runs = search.lattice.committed;
      const words = wordsOfRuns(runs, search, vocabulary, isLexicon);
      const isComplete = isLexicon || runs.at(-1)?.symbol === vocabulary.wordDelimiter;
      return isComplete ? words : words.slice(0, -1);
    },
    finish: (count = 1) => bestTexts(search, count, true).map(present),
    save: () => ({ version: 1, symbols, search: saveSearch(search) }),
  };
}

/**
 * Decodes one clip.
 *
 * @param options nbest: how many texts to return, best first; default 1
 * @throws EmissionsError on NaN or a wrong shape
 */
export function decodeBeam(
  emissions: Emissions,
  options: BeamOptions & { readonly nbest?: number },
): Hypothesis[] {
  const decoder = createBeamDecoder(options);
  decoder.feed(emissions);
  return decoder.finish(options.nbest ?? 1);
}

/**
 * Decodes one clip, letting other work in and asking language models that take time.
 *
 * @throws the signal's reason if it is aborted; EmissionsError on NaN or a wrong shape
 */
export async function decodeBeamAsync(
  emissions: Emissions,
  options: BeamOptions & { readonly nbest?: number; readonly signal?: AbortSignal },
): Promise<Hypothesis[]> {
  const decoder = createBeamDecoder(options);
  await decoder.feedAsync(emissions, options.signal);
  return decoder.finish(options.nbest ?? 1);
}

function check(emissions: Emissions, symbols: number, before: number): void {
  try {
    checkEmissions(emissions, symbols);
  } catch (error) {
    if (!(error instanceof EmissionsError) || before === 0) throw error;
    throw new EmissionsError(
      `${error.message} (after ${before} frames fed before)`,
      error.frame,
      error.symbol,
    );
  }
}

function hypothesisOf(
  raw: RawHypothesis,
  search: BeamSearch,
  vocabulary: Vocabulary,
  isLexicon: boolean,
): Hypothesis {
  const words = wordsOfRuns(raw.runs, search, vocabulary, isLexicon);
  return {
    text: textOf(words),
    words,
    symbols: raw.runs.map(spanOf),
    score: raw.score,
    acoustic: raw.acoustic,
    languageModel: raw.languageModel,
  };
}

const confidenceOf = (run: Run) => Math.exp(run.logProbability / run.frames);
const spanOf = (run: Run): DecodedSymbol => ({
  symbol: run.symbol,
  start: run.start,
  end: run.end,
  confidence: confidenceOf(run),
});

function wordsOfRuns(
  runs: readonly Run[],
  search: BeamSearch,
  vocabulary: Vocabulary,
  isLexicon: boolean,
): WordSpan[] {
  if (!isLexicon) return wordsOf(runs.map(spanOf), vocabulary, "keep");
  const words: WordSpan[] = [];
  let characters: CharacterSpan[] = [];
  for (const run of runs) {
    if (run.symbol !== vocabulary.wordDelimiter) {
      characters.push({
        text: vocabulary.tokens[run.symbol]!,
        start: run.start,
        end: run.end,
        confidence: confidenceOf(run),
      });
    }
    if (run.label >= 0) {
      if (characters.length > 0) words.push(wordOf(characters, search.fusion.wordOf(run.label)));
      characters = [];
    }
  }
  return words;
}
