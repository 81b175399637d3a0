// Decoders as the recogniser drives them: fed window by window, they end in a transcript.
import {
  checkEmissions,
  collapsePath,
  createBeamDecoder,
  wordsOf,
  type BeamOptions,
  type Emissions,
} from "@wav2vec/decoders";
import type { AcousticModel } from "./acoustic-model.js";
import type { LanguageChoice } from "./language-choice.js";
import { transcriptOf, type Transcript } from "./transcript.js";

/** Turns the emissions of one recording, fed in order, into its transcript, or into anything else that is made of them. */
export interface Transcriber<T = Transcript> {
  /** @param choice what the listener chose for this window, if it chooses */
  feed(emissions: Emissions, signal?: AbortSignal, choice?: LanguageChoice): Promise<void>;
  finish(durationSeconds: number): T | Promise<T>;
}

/** Settings of a beam search; the vocabulary is the model's. */
export type BeamSettings = Omit<BeamOptions, "vocabulary"> & {
  /** How many texts to report as `alternatives`. Default 1. */
  readonly nbest?: number;
};

/** What the columns and rows of emissions stand for. */
export type EmissionMeaning = Pick<AcousticModel, "vocabulary" | "secondsPerFrame"> &
  Partial<Pick<AcousticModel, "emissionDelay">>;

/** Makes the transcriber of one recording; without settings each frame's best symbol is taken. */
export const transcriberOf = (meaning: EmissionMeaning, beam?: BeamSettings): Transcriber =>
  beam ? beamTranscriber(meaning, beam) : greedyTranscriber(meaning);

/** The best symbol of each frame, repeats collapsed, then blanks dropped. */
function greedyTranscriber(meaning: EmissionMeaning): Transcriber {
  const { vocabulary } = meaning;
  const path: number[] = [];
  const logProbabilities: number[] = [];
  return {
    feed(emissions) {
      checkEmissions(emissions, vocabulary.tokens.length);
      const { data, frames, symbols } = emissions;
      for (let row = 0; row < frames * symbols; row += symbols) {
        let best = 0;
        for (let k = 1; k < symbols; k++) if (data[row + k]! > data[row + best]!) best = k;
        path.push(best);
        logProbabilities.push(data[row + best]!);
      }
      return Promise.resolve();
    },
    finish(durationSeconds) {
      const words = wordsOf(collapsePath(path, vocabulary.blank, logProbabilities), vocabulary);
      return transcriptOf(words, meaning, durationSeconds);
    },
  };
}

/** Prefix beam search, with a language model, a lexicon or hotwords if the settings have them. */
function beamTranscriber(meaning: EmissionMeaning, { nbest = 1, ...settings }: BeamSettings): Transcriber {
  const decoder = createBeamDecoder({ ...settings, vocabulary: meaning.vocabulary });
  return {
    feed: (emissions, signal) => decoder.feedAsync(emissions, signal),
    finish(durationSeconds) {
      const hypotheses = decoder.finish(nbest);
      const transcript = transcriptOf(hypotheses[0]?.words ?? [], meaning, durationSeconds);
      if (nbest === 1) return transcript;
      const alternatives = hypotheses.map(({ text, score, acoustic, languageModel }) => ({
        text,
        score,
        acoustic,
        languageModel,
      }));
      return { ...transcript, alternatives };
    },
  };
}
