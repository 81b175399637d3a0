// The options of commands that can search with a beam.
import { Option } from "@commander-js/extra-typings";
import { anyNumber, wholeNumber } from "./options.js";

/** The options together, as the command line gives them. */
export interface BeamFlags {
  readonly beam?: number;
  readonly nbest?: number;
  readonly lm?: string;
  readonly alpha?: number;
  readonly beta?: number;
  readonly hotword?: readonly string[];
}

export const beamOption = () =>
  new Option(
    "--beam <count>",
    "hypotheses kept by a beam search (default: 100 if another option needs a search, else none)",
  ).argParser(wholeNumber("--beam"));

export const nbestOption = () =>
  new Option("--nbest <count>", "texts to report, best first").argParser(wholeNumber("--nbest"));

export const lmOption = () =>
  new Option(
    "--lm <file>",
    'n-gram language model of words or letters: ARPA, KenLM binary, or from "wav2vec lm build"; ' +
      '"auto" takes language_model/ in the model\'s folder, which is not used otherwise',
  );

export const alphaOption = () =>
  new Option(
    "--alpha <number>",
    "weight of the language model (default: 0.5, or the folder's own)",
  ).argParser(anyNumber("--alpha"));

export const betaOption = () =>
  new Option("--beta <number>", "added for each word (default: 1.5, or the folder's own)").argParser(
    anyNumber("--beta"),
  );

export const hotwordOption = () =>
  new Option(
    "--hotword <word[:weight]>",
    "a word to expect, weight 10 unless given; may be repeated",
  ).argParser((value: string, before: readonly string[] = []) => [...before, value]);
