// Settings under the names of flashlight and pyctcdecode, for those who come from there.
import type { Lexicon } from "../lm/lexicon.js";
import type { NgramModel } from "../lm/model.js";
import type { BeamOptions } from "./beam-options.js";
import type { Hotword } from "./hotword-tracker.js";
import type { Vocabulary } from "./vocabulary.js";

/** flashlight-text's options, with its names and torchaudio's defaults. */
export interface FlashlightOptions {
  readonly vocabulary: Vocabulary;
  readonly model?: NgramModel;
  /** With a lexicon words are scored, without one symbols. */
  readonly lexicon?: Lexicon;
  readonly beam_size?: number;
  readonly beam_size_token?: number;
  readonly beam_threshold?: number;
  readonly lm_weight?: number;
  readonly word_score?: number;
  readonly unk_score?: number;
  readonly sil_score?: number;
  readonly log_add?: boolean;
}

/**
 * @returns settings that give flashlight's hypotheses and scores, but for exact ties, which it breaks by memory
 * addresses, and for words that do not end in the silence token, whose last symbol it allows one frame only
 * @see https://github.com/flashlight/text
 */
export function flashlightOptions(options: FlashlightOptions): BeamOptions {
  const { vocabulary, model, lexicon, beam_size = 50, beam_size_token, beam_threshold = 50 } = options;
  const { lm_weight = 2, word_score = 0, unk_score = -Infinity, sil_score = 0, log_add = false } = options;
  const given = model === undefined ? {} : { model };
  return {
    vocabulary,
    beamSize: beam_size,
    beamThreshold: beam_threshold,
    ...(beam_size_token === undefined ? {} : { symbolCount: beam_size_token }),
    alignments: log_add ? "sum" : "max",
    delimiterScore: sil_score,
    allowSpecial: true,
    startsAfterDelimiter: true,
    ...(lexicon !== undefined
      ? {
          language: {
            kind: "lexicon",
            lexicon,
            ...given,
            weight: lm_weight,
            wordScore: word_score,
            unknownScore: unk_score,
          },
        }
      : model !== undefined
        ? { language: { kind: "symbols", model, weight: lm_weight } }
        : {}),
  };
}

/** pyctcdecode's options, with its names and defaults. */
export interface PyctcdecodeOptions {
  readonly vocabulary: Vocabulary;
  readonly model?: NgramModel;
  readonly unigrams?: Iterable<string>;
  readonly alpha?: number;
  readonly beta?: number;
  readonly unk_score_offset?: number;
  readonly lm_score_boundary?: boolean;
  readonly beam_width?: number;
  readonly beam_prune_logp?: number;
  readonly token_min_logp?: number;
  readonly prune_history?: boolean;
  readonly hotwords?: readonly string[];
  readonly hotword_weight?: number;
}

/**
 * For equal scores pass emissions through `normaliseEmissions(emissions, { floor: 1e-15 })`, as the library does.
 *
 * @returns settings that give pyctcdecode's hypotheses and scores, but for the empty unknown word that it scores after a
 * final delimiter, and for `prune_history`, which here keeps apart what the model can tell apart
 * @see https://github.com/kensho-technologies/pyctcdecode
 */
export function pyctcdecodeOptions(options: PyctcdecodeOptions): BeamOptions {
  const {
    vocabulary,
    model,
    unigrams = [],
    alpha = 0.5,
    beta = 1.5,
    unk_score_offset = -10,
    lm_score_boundary = true,
  } = options;
  const {
    beam_width = 100,
    beam_prune_logp = -10,
    token_min_logp = -5,
    prune_history = false,
    hotwords = [],
    hotword_weight = 10,
  } = options;
  // without a list of words the library takes every unfinished word for an unknown one, as an empty list does
  const scored =
    model === undefined
      ? {}
      : {
          model,
          alpha,
          beta,
          unknownScore: unk_score_offset,
          sentenceBoundaries: lm_score_boundary,
          words: unigrams,
        };
  return {
    vocabulary,
    beamSize: beam_width,
    beamThreshold: -beam_prune_logp,
    symbolThreshold: token_min_logp,
    recombine: prune_history,
    allowSpecial: true,
    hotwords: hotwords.map((word): Hotword => ({ word, weight: hotword_weight })),
    language: { kind: "words", ...scored },
  };
}
