// The ways to put words on times that are compared, each made of the decoders' pieces.
import {
  createAligner,
  divideByPriors,
  expectedTimes,
  interpolateTimes,
  labelPriors,
  quantileTimes,
  spreadTimes,
  symbolCurves,
  timesOfPath,
  type Emissions,
  type FrameClock,
  type Marked,
  type SymbolTimes,
} from "@wav2vec/decoders";
import type { SpelledWords } from "./spell-words.js";

/** One clip, run through the model, its words spelled in the model's symbols. */
export interface SpelledClip extends SpelledWords {
  readonly speaker: string;
  readonly emissions: Emissions;
  /** Of the model. */
  readonly clock: FrameClock;
  readonly words: readonly Marked[];
}

/** Times of each word in seconds. */
export type Method = (clip: SpelledClip) => Marked[];

const SECONDS_PER_FRAME = 0.02;

const aligner = createAligner();

/** How symbols get their times. */
const symbolTimes = {
  path: (emissions: Emissions, { targets }: SpelledClip) =>
    timesOfPath(aligner.align(emissions, targets).spans),
  interpolated: (emissions: Emissions, { targets }: SpelledClip) =>
    interpolateTimes(emissions, targets, aligner.align(emissions, targets)),
  mean: (emissions: Emissions, clip: SpelledClip) => expectedTimes(curvesOf(emissions, clip)),
  median: (emissions: Emissions, clip: SpelledClip) => quantileTimes(curvesOf(emissions, clip)),
  "quantiles 0.2, 0.8": (emissions: Emissions, clip: SpelledClip) =>
    quantileTimes(curvesOf(emissions, clip), { start: 0.2, end: 0.8 }),
};

const curvesOf = (emissions: Emissions, { targets }: SpelledClip) =>
  symbolCurves(emissions, targets, aligner.align(emissions, targets).spans);

/** Settings of one method. */
export interface MethodSettings {
  readonly times: keyof typeof symbolTimes;
  /** Power of the priors that probabilities are divided by, estimated on the clip itself. Default 0. */
  readonly priors?: number;
  /** Seconds that symbols are spread. Default 0. */
  readonly spread?: number;
}

/** Makes a method. */
export function makeMethod({ times, priors = 0, spread = 0 }: MethodSettings): Method {
  return (clip) => {
    const emissions = priors === 0 ? clip.emissions : flattened(clip.emissions, priors);
    const found = symbolTimes[times](emissions, clip);
    const letters = clip.ranges.flatMap(([from, to]) => found.slice(from, to));
    const spreadOut = spreadTimes<SymbolTimes>(letters, {
      most: spread / SECONDS_PER_FRAME,
      frames: clip.emissions.frames,
    });
    const byTarget = new Map(spreadOut.map((time) => [time.target, time]));
    return clip.words.map(({ text }, i) => {
      const [from, to] = clip.ranges[i]!; // one range a word
      const [first, last] = [byTarget.get(from)!, byTarget.get(to - 1)!]; // every target has times
      return { text, start: clip.clock(first.start), end: clip.clock(last.end) };
    });
  };
}

function flattened(emissions: Emissions, power: number): Emissions {
  const { read, frames, symbols } = divideByPriors(emissions, labelPriors([emissions]), power);
  return { data: read(0, frames), frames, symbols };
}
