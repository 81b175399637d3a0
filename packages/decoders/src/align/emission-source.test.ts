// Emissions in windows and batches give the alignment of the whole and of the single clip.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createAligner } from "./align.js";
import { joinWindows, splitBatch } from "./emission-source.js";
import { seededEmissions } from "./seeded-emissions.js";
import { scoreOfSpans } from "./spans.js";

const { align } = createAligner();
const { emissions, targets } = seededEmissions({ seed: 7, length: 150, symbols: 10, framesPerSymbol: 4 });
const { data, frames, symbols } = emissions;

describe("joinWindows", () => {
  it("takes every frame from the window where it has most context", () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: frames - 1 }), { maxLength: 8 });
    fc.assert(
      fc.property(cuts, fc.integer({ min: 1, max: 40 }), (inner, context) => {
        const edges = [0, ...inner.sort((a, b) => a - b), frames];
        const windows = edges.slice(1).map((edge, i) => {
          const firstFrame = Math.max(0, edges[i]! - context);
          const end = Math.min(frames, edge + context);
          const own = data.slice(firstFrame * symbols, end * symbols);
          if (firstFrame > 0) own.fill(NaN, 0, symbols); // the outermost frames must never be taken
          if (end < frames) own.fill(NaN, own.length - symbols);
          return { data: own, frames: end - firstFrame, symbols, firstFrame };
        });
        const apart = windows.every(
          ({ firstFrame }, i) => i === 0 || firstFrame > windows[i - 1]!.firstFrame,
        );
        if (!apart) {
          expect(() => joinWindows(windows)).toThrow("expected a start after the window before it");
          return;
        }
        const joined = joinWindows(windows);
        expect(joined.frames).toBe(frames);
        const rows = joined.read(0, frames);
        if (rows.some(Number.isNaN))
          expect(context).toBe(1); // two frames of overlap leave no better choice
        else expect(align(joined, targets)).toEqual(align(emissions, targets));
      }),
    );
  });

  it("refuses windows with a hole between them", () => {
    const piece = (firstFrame: number) => ({
      data: data.subarray(0, 10 * symbols),
      frames: 10,
      symbols,
      firstFrame,
    });
    expect(() => joinWindows([piece(0), piece(11)])).toThrow("window 1 starts at frame 11");
    expect(() => joinWindows([piece(3)])).toThrow("window 0 starts at frame 3");
  });
});

describe("splitBatch", () => {
  it("aligns a padded clip as the clip alone", () => {
    const padded = new Float32Array(2 * (frames + 9) * symbols).fill(NaN);
    padded.set(data, (frames + 9) * symbols);
    padded.set(data.subarray(0, 50 * symbols));
    const clips = splitBatch({ data: padded, frames: frames + 9, symbols, frameCounts: [50, frames] });
    expect(align(clips[1]!, targets)).toEqual(align(emissions, targets));
    expect(clips[0]!.frames).toBe(50);
    expect(() => splitBatch({ data: padded, frames, symbols, frameCounts: [1, 2] })).toThrow(
      `expected [2, ${frames}, 10]`,
    );
  });
});

describe("scoreOfSpans", () => {
  it("weighs symbols by their frames, and finds the worst stretch", () => {
    const span = (logProb: number, start: number, end: number) => ({
      target: 0,
      symbol: 1,
      start,
      end,
      logProb,
      prob: Math.exp(logProb),
    });
    const spans = [span(-1, 0, 1), span(-4, 1, 4), span(-2, 4, 5)];
    const { logProb, prob, worst } = scoreOfSpans(spans, 2);
    expect(logProb).toBeCloseTo(-15 / 5, 12);
    expect(prob).toBeCloseTo((Math.exp(-1) + 3 * Math.exp(-4) + Math.exp(-2)) / 5, 12);
    expect(worst).toBe(-3);
    expect(scoreOfSpans(spans).worst).toBeCloseTo(-7 / 3, 12);
  });

  it("is low where the text was not said", () => {
    const said = align(emissions, targets).spans;
    const unsaid = targets.map((id, i) => (i >= 60 && i < 90 ? 1 + ((id + 3) % 9) : id));
    const { spans } = align(emissions, unsaid);
    expect(scoreOfSpans(said).worst).toBeGreaterThan(-0.5);
    expect(scoreOfSpans(spans).worst).toBeLessThan(-3);
    expect(scoreOfSpans(spans.slice(0, 55)).worst).toBeGreaterThan(-0.5);
  });
});
