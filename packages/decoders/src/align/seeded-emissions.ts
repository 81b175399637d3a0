// Made log-probabilities of a made text, the same for the same seed; for tests and benchmarks only.
import type { Emissions } from "../ctc/emissions.js";

/** What was made: the text, and the frame where each of its symbols starts. */
export interface SeededEmissions {
  readonly emissions: Emissions & { readonly data: Float32Array };
  readonly targets: number[];
  readonly starts: number[];
}

/**
 * Makes peaky log-probabilities [frames, symbols], blank 0: every symbol holds 1 to 2 frames, blanks fill the rest.
 *
 * @param noise spread of the logits around the truth, whose own logit is 8
 */
export function seededEmissions(options: {
  readonly seed: number;
  readonly length: number;
  readonly symbols: number;
  readonly framesPerSymbol: number;
  readonly noise?: number;
}): SeededEmissions {
  const { seed, length, symbols, framesPerSymbol, noise = 2 } = options;
  let state = seed >>> 0;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const targets: number[] = [];
  const starts: number[] = [];
  const spoken: number[] = [0];
  for (let i = 0; i < length; i++) {
    targets.push(1 + Math.floor(random() * (symbols - 1)));
    starts.push(spoken.length);
    const hold = 1 + Math.floor(random() * 2);
    const gap = 1 + Math.floor(random() * (framesPerSymbol - 1) * 2 - hold + 1);
    for (let f = 0; f < hold; f++) spoken.push(targets[i]!);
    for (let f = 0; f < Math.max(1, gap); f++) spoken.push(0);
  }
  const frames = spoken.length;
  const data = new Float32Array(frames * symbols);
  spoken.forEach((id, frame) => {
    const row = data.subarray(frame * symbols, (frame + 1) * symbols);
    let sum = 0;
    for (let v = 0; v < symbols; v++) {
      row[v] = (v === id ? 8 : 0) + noise * (random() + random() + random() - 1.5) * 2;
      sum += Math.exp(row[v]!);
    }
    for (let v = 0; v < symbols; v++) row[v] = row[v]! - Math.log(sum);
  });
  return { emissions: { data, frames, symbols }, targets, starts };
}
