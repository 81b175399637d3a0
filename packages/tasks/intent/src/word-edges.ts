// What it costs to begin or end a word where the best symbols say that there is none.
import type { Vocabulary } from "@wav2vec/decoders";
import type { BestSymbols, EdgeCosts } from "./keyword-scores.js";

/** A pause this long parts words even without a delimiter. */
const PAUSE_SECONDS = 0.4;
/** Nats: a delimiter that the model did not hear is less unlikely than a wrong letter. */
const EDGE_COST = -3;

/** A word may begin and end beside a word delimiter, a pause, or an end of the recording; elsewhere it costs. */
export function wordEdges(
  { symbols }: BestSymbols,
  { blank, wordDelimiter }: Vocabulary,
  secondsPerFrame: number,
): EdgeCosts {
  const frames = symbols.length;
  const costs = { begins: new Float32Array(frames + 1), ends: new Float32Array(frames + 1) };
  if (wordDelimiter === undefined) return costs;
  const pause = PAUSE_SECONDS / secondsPerFrame;
  const mark = (edges: Float32Array, indexOf: (step: number) => number, offset: number) => {
    let isEdge = true; // an end of the recording
    let blanks = 0;
    for (let step = 0; step < frames; step++) {
      const frame = indexOf(step);
      edges[frame + offset] = isEdge || blanks >= pause ? 0 : EDGE_COST;
      if (symbols[frame] === blank) blanks++;
      else [isEdge, blanks] = [symbols[frame] === wordDelimiter, 0];
    }
  };
  mark(costs.begins, (step) => step, 0);
  mark(costs.ends, (step) => frames - 1 - step, 1);
  return costs;
}
