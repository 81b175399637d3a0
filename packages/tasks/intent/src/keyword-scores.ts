// Where in log-probabilities a spelling may lie: the best CTC path of each start and end, against the best of all paths.
import { AlignError, type Emissions, type EmissionSource } from "@wav2vec/decoders";

/** Log-probabilities read row by row. */
export type Rows = Emissions | EmissionSource;

/** One stretch of frames that may spell the keyword. */
export interface Stretch {
  /** First frame. */
  readonly start: number;
  /** Frame after the last. */
  readonly end: number;
  /** Log of how much less likely the spelling is than the best symbols of the same frames; 0 is as likely. */
  readonly logRatio: number;
}

/** The best symbol of each frame, and its log-probability. */
export interface BestSymbols {
  readonly symbols: Int32Array;
  readonly logProbs: Float32Array;
}

/** Reads all rows once, in blocks. */
export function bestSymbols(rows: Rows): BestSymbols {
  const best: BestSymbols = { symbols: new Int32Array(rows.frames), logProbs: new Float32Array(rows.frames) };
  eachRow(rows, (data, at, frame) => {
    let top = 0;
    for (let k = 1; k < rows.symbols; k++) if (data[at + k]! > data[at + top]!) top = k;
    best.symbols[frame] = top;
    best.logProbs[frame] = data[at + top]!;
  });
  return best;
}

/** What entering and leaving a spelling cost at each frame. */
export interface EdgeCosts {
  /** [frames + 1] added to the log ratio when the first symbol begins at this frame; at most 0. */
  readonly begins: Float32Array;
  /** [frames + 1] the same when the last symbol has ended before this frame. */
  readonly ends: Float32Array;
}

/**
 * Runs the CTC topology of each spelling over the frames, its start free at every frame, and keeps what comes close.
 *
 * For every frame the path so far is compared with the sum of the best log-probabilities: that difference only falls,
 * so paths that began at different frames compete fairly. Overlapping stretches of one spelling leave the best.
 *
 * @param spellings symbol ids without blanks, each at least one long
 * @param least the log ratio from which a stretch is kept, for each spelling
 */
export function scoreSpellings(
  rows: Rows,
  spellings: readonly (readonly number[])[],
  least: readonly number[],
  { best, costs, blank }: { readonly best: BestSymbols; readonly costs: EdgeCosts; readonly blank: number },
): Stretch[][] {
  const searches = spellings.map((symbols, i) => search(symbols, least[i]!, costs, blank)); // one limit a spelling
  eachRow(rows, (data, at, frame) => {
    for (const step of searches) step.advance(data, at, frame, best.logProbs[frame]!);
  });
  return searches.map(({ finish }) => finish());
}

/** State 2i is symbol i, state 2i + 1 the blank after it. */
function search(symbols: readonly number[], least: number, costs: EdgeCosts, blank: number) {
  const count = 2 * symbols.length - 1;
  const scores = new Float64Array(count).fill(-Infinity);
  const starts = new Int32Array(count);
  const found: Stretch[] = [];
  let open: Stretch | undefined;

  const consider = (stretch: Stretch) => {
    if (stretch.logRatio < least) return;
    if (open && stretch.start >= open.end) {
      found.push(open);
      open = undefined;
    }
    // Later ends of the same likelihood: the last symbol goes on.
    if (!open || stretch.logRatio >= open.logRatio) open = stretch;
  };
  return {
    advance(data: ArrayLike<number>, at: number, frame: number, bestLogProb: number) {
      for (let state = count - 1; state >= 0; state--) {
        const isBlank = state % 2 === 1;
        const symbol = isBlank ? blank : symbols[state >> 1]!;
        let [from, score] = [state, scores[state]!];
        const take = (other: number) => {
          if (other >= 0 && scores[other]! > score) [from, score] = [other, scores[other]!];
        };
        take(state - 1);
        if (!isBlank && symbols[(state >> 1) - 1] !== symbol) take(state - 2);
        let start = starts[from]!;
        if (state === 0 && costs.begins[frame]! > score) [score, start] = [costs.begins[frame]!, frame];
        scores[state] = score + data[at + symbol]! - bestLogProb;
        starts[state] = start;
      }
      const logRatio = scores[count - 1]! + costs.ends[frame + 1]!;
      consider({ start: starts[count - 1]!, end: frame + 1, logRatio });
    },
    finish: () => (open ? [...found, open] : found),
  };
}

const BLOCK = 1024;

function eachRow(rows: Rows, visit: (data: ArrayLike<number>, at: number, frame: number) => void): void {
  const { frames, symbols } = rows;
  if (!("read" in rows) && rows.data.length !== frames * symbols) {
    throw new AlignError("bad-shape", `log-probabilities have ${rows.data.length} numbers; expected ${frames} frames times ${symbols} symbols`); // prettier-ignore
  }
  for (let start = 0; start < frames; start += BLOCK) {
    const end = Math.min(frames, start + BLOCK);
    const data = "read" in rows ? rows.read(start, end) : rows.data.subarray(start * symbols, end * symbols);
    for (let frame = start; frame < end; frame++) visit(data, (frame - start) * symbols, frame);
  }
}
