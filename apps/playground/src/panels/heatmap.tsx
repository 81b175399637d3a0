// What the model heard, frame by frame: the probability of each symbol as a picture.
import type { Emissions } from "@wav2vec/decoders";
import { useEffect, useRef } from "preact/hooks";

interface Props {
  readonly emissions: Emissions;
  readonly tokens: readonly string[];
  readonly blank: number;
  readonly secondsPerFrame: number;
  /** Seconds by which frames are behind the sound. */
  readonly delay: number;
  /** Seconds where the player is. */
  readonly time: number;
}

const ROW = 12; // pixels of a symbol
const COLUMN = 4; // pixels of a frame
/** Canvases end somewhere; this is a minute and a half of frames, beyond which the columns are drawn together. */
const MOST_COLUMNS = 4096;

export function Heatmap({ emissions, tokens, blank, secondsPerFrame, delay, time }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const rows = symbolsHeard(emissions, blank);
  const columns = Math.min(emissions.frames, MOST_COLUMNS);
  useEffect(() => draw(canvas.current!, emissions, rows, columns), [emissions]); // rendered before effects run
  const cursor = (100 * (time + delay)) / (secondsPerFrame * emissions.frames);
  return (
    <details class="heatmap" open>
      <summary>What the model heard: probability of each symbol in each 20 ms</summary>
      <div class="scroll" tabIndex={0} role="group" aria-label="Frame posteriors, scrollable">
        <ol class="symbols" aria-hidden="true" style={{ lineHeight: `${ROW}px` }}>
          {rows.map((symbol) => (
            <li key={symbol}>{tokens[symbol]}</li>
          ))}
        </ol>
        <div class="picture" style={{ minWidth: `${columns * COLUMN}px` }}>
          <canvas
            ref={canvas}
            style={{ height: `${rows.length * ROW}px` }}
            role="img"
            aria-label={`Heat map of ${rows.length} symbols over ${emissions.frames} frames`}
          />
          <div class="cursor" style={{ left: `${Math.min(100, cursor)}%` }} />
        </div>
      </div>
    </details>
  );
}

/** Symbols that reach a fifth somewhere, the blank last. */
function symbolsHeard({ data, frames, symbols }: Emissions, blank: number): number[] {
  const most = new Float32Array(symbols).fill(-Infinity);
  for (let i = 0; i < frames * symbols; i++) most[i % symbols] = Math.max(most[i % symbols]!, data[i]!);
  const heard = [...most.keys()].filter((symbol) => symbol !== blank && most[symbol]! > Math.log(0.2));
  return [...heard, blank];
}

function draw(
  canvas: HTMLCanvasElement,
  { data, frames, symbols }: Emissions,
  rows: readonly number[],
  columns: number,
): void {
  canvas.width = columns * COLUMN;
  canvas.height = rows.length * ROW;
  const context = canvas.getContext("2d")!; // the first and only context of this canvas
  const [red, green, blue] = matchMedia("(prefers-color-scheme: dark)").matches
    ? [255, 190, 90]
    : [20, 60, 140];
  for (let column = 0; column < columns; column++) {
    const from = Math.floor((column * frames) / columns);
    const to = Math.max(from + 1, Math.floor(((column + 1) * frames) / columns));
    rows.forEach((symbol, row) => {
      let best = -Infinity;
      for (let frame = from; frame < to; frame++) best = Math.max(best, data[frame * symbols + symbol]!);
      const probability = Math.exp(best);
      if (probability < 0.01) return;
      context.fillStyle = `rgba(${red}, ${green}, ${blue}, ${probability})`;
      context.fillRect(column * COLUMN, row * ROW, COLUMN, ROW - 1);
    });
  }
}
