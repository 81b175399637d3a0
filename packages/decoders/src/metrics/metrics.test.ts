// Error rates against jiwer's and against a plain recursion; intervals and boundary errors on known cases.
import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alignEdits } from "./align-edits.js";
import { boundaryDifferences, boundaryErrors } from "./boundary-errors.js";
import {
  characterErrorRate,
  compareTexts,
  compareTokens,
  confusions,
  countEdits,
  errorRates,
  wordErrorRate,
} from "./error-rates.js";

const shared = process.env["WAV2VEC_SHARED"] ?? new URL("../../../../../shared", import.meta.url).pathname;
const goldens = `${shared}/reference/decoding/greedy/error_rates.json`;

interface JiwerRates {
  rate: number;
  hits: number;
  substitutions: number;
  deletions: number;
  insertions: number;
  mer: number;
  wil: number;
}

describe.skipIf(!existsSync(goldens))("error rates against jiwer", () => {
  const { pairs, whole } = existsSync(goldens)
    ? (JSON.parse(readFileSync(goldens, "utf8")) as {
        pairs: { reference: string; hypothesis: string; wer: JiwerRates; cer: JiwerRates }[];
        whole: { wer: number; cer: number };
      })
    : { pairs: [], whole: { wer: 0, cer: 0 } };
  const errorsOf = (rates: Omit<JiwerRates, "mer" | "wil">) =>
    rates.substitutions + rates.deletions + rates.insertions;

  it.each(pairs)("$reference / $hypothesis", (pair) => {
    const [words] = compareTexts([pair]);
    const [characters] = compareTexts([pair], { unit: "characters" });
    expect(words!.rate).toBeCloseTo(pair.wer.rate, 12);
    expect(characters!.rate).toBeCloseTo(pair.cer.rate, 12);
    expect(errorsOf(words!)).toBe(errorsOf(pair.wer));
    expect(errorsOf(characters!)).toBe(errorsOf(pair.cer));
    if (words!.hits !== pair.wer.hits) return; // another optimal alignment: the other rates may differ
    expect(words!.matchErrorRate).toBeCloseTo(pair.wer.mer, 12);
    expect(words!.informationLost).toBeCloseTo(pair.wer.wil, 12);
  });

  it("has the same hits as jiwer in nearly every pair, so that the comparison above is not empty", () => {
    const same = pairs.filter((pair) => compareTexts([pair])[0]!.hits === pair.wer.hits);
    expect(same.length).toBeGreaterThanOrEqual(pairs.length - 2);
  });

  it("pools the counts of a corpus", () => {
    const spoken = pairs.filter(({ reference }) => reference.trim());
    expect(wordErrorRate(spoken)).toBeCloseTo(whole.wer, 12);
    expect(characterErrorRate(spoken)).toBeCloseTo(whole.cer, 12);
  });
});

describe("alignEdits", () => {
  const token = fc.constantFrom("a", "b", "c");
  const distance = (a: readonly string[], b: readonly string[]): number => {
    if (a.length === 0 || b.length === 0) return a.length + b.length;
    const rest = distance(a.slice(1), b.slice(1));
    return a[0] === b[0] ? rest : 1 + Math.min(rest, distance(a.slice(1), b), distance(a, b.slice(1)));
  };

  it("is as short as any, and covers both sides in order, divided or not", () => {
    const tokens = fc.array(token, { maxLength: 7 });
    fc.assert(
      fc.property(tokens, tokens, fc.constantFrom(1, 12, 1 << 24), (a, b, limit) => {
        const edits = alignEdits(a, b, limit);
        const { substitutions, deletions, insertions } = countEdits(edits);
        expect(substitutions + deletions + insertions).toBe(distance(a, b));
        expect(edits.flatMap(({ reference }) => reference ?? [])).toEqual(a.map((_, i) => i));
        expect(edits.flatMap(({ hypothesis }) => hypothesis ?? [])).toEqual(b.map((_, i) => i));
        for (const edit of edits) {
          if (edit.reference === null || edit.hypothesis === null) continue;
          expect(a[edit.reference] === b[edit.hypothesis]).toBe(edit.type === "hit");
        }
      }),
      { numRuns: 300 },
    );
  });

  it("aligns 20,000 tokens against 20,000 within linear memory", () => {
    const a = Array.from({ length: 20_000 }, (_, i) => (i * i) % 97);
    const b = a.filter((_, i) => i % 100 !== 99).reverse();
    const { hits, deletions, insertions } = countEdits(
      alignEdits([...a.slice(0, 9000), ...b.slice(0, 900)], a),
    );
    expect(hits).toBeGreaterThanOrEqual(9000);
    expect(insertions - deletions).toBe(20_000 - 9900);
  });
});

describe("compareTexts", () => {
  it("counts an accented letter once as a grapheme and twice as code points", () => {
    const pair = { reference: "e\u0301a", hypothesis: "ea" };
    expect(compareTexts([pair], { unit: "graphemes" })[0]).toMatchObject({
      hits: 1,
      substitutions: 1,
      rate: 0.5,
    });
    expect(compareTexts([pair], { unit: "characters" })[0]).toMatchObject({
      hits: 2,
      deletions: 1,
      rate: 1 / 3,
    });
  });

  it("normalises both sides first", () => {
    const pair = { reference: "Hello, World", hypothesis: "hello world!" };
    const normalise = (text: string) => text.toLowerCase().replace(/\p{P}/gu, "");
    expect(compareTexts([pair])[0]!.rate).toBe(1);
    expect(compareTexts([pair], { normalise })[0]!.rate).toBe(0);
  });

  it("names the errors, most frequent first", () => {
    const phones = [compareTokens(["s", "t", "s", "t"], ["z", "t", "z", "t", "@"]), compareTokens(["t"], [])];
    expect(confusions(phones)).toEqual([
      { reference: "s", hypothesis: "z", count: 2 },
      { reference: null, hypothesis: "@", count: 1 },
      { reference: "t", hypothesis: null, count: 1 },
    ]);
    expect(errorRates(phones).rate).toBe(4 / 5);
  });
});

describe("boundary errors", () => {
  it("pairs words by text and summarises the distances", () => {
    const reference = [
      { text: "a", start: 0, end: 0.2 },
      { text: "b", start: 0.3, end: 0.5 },
      { text: "c", start: 0.6, end: 0.9 },
    ];
    const hypothesis = [
      reference[0]!,
      { text: "x", start: 0.3, end: 0.5 },
      { text: "c", start: 0.65, end: 0.88 },
    ];
    const { starts, ends, unmatched } = boundaryDifferences(reference, hypothesis);
    expect(unmatched).toBe(1);
    const errors = boundaryErrors([...starts, ...ends]);
    expect(errors.count).toBe(4);
    expect(errors.meanAbsolute).toBeCloseTo(0.0175, 12);
    expect(errors.bias).toBeCloseTo(0.0075, 12);
    expect(errors.medianAbsolute).toBeCloseTo(0.01, 12);
    expect(errors.within).toEqual({ 10: 0.5, 25: 0.75, 50: 1, 100: 1 });
  });
});
