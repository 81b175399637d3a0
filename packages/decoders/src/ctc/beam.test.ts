// Beam search against the truth, and the promises about pieces, saving, aborting and bad input.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseArpa } from "../lm/arpa.js";
import { buildLexicon } from "../lm/lexicon.js";
import { hasReference } from "../reference-tensors.js";
import { createBeamDecoder, decodeBeam, decodeBeamAsync, type SavedBeam } from "./beam.js";
import type { BeamOptions } from "./beam-options.js";
import { EmissionsError, normaliseEmissions, type Emissions } from "./emissions.js";
import { readCases } from "./reference-cases.js";
import { spellWord, type Vocabulary } from "./vocabulary.js";

/** Float64 sums of a few hundred terms. */
const EXACT = 1e-9;
const vocabulary: Vocabulary = { tokens: ["_", "|", "a", "b", "c"], blank: 0, wordDelimiter: 1 };

const arpa = `\\data\\
ngram 1=6
ngram 2=5

\\1-grams:
-1.5\t<unk>\t0
0\t<s>\t-0.3
-0.9\t</s>\t0
-0.6\tab\t-0.2
-0.8\tba\t-0.4
-1.1\tcab\t-0.1

\\2-grams:
-0.2\t<s> ab
-0.7\tab ba
-0.5\tba ab
-0.4\tba </s>
-0.3\tcab ab

\\end\\
`;
const model = parseArpa(new TextEncoder().encode(arpa));
const lexicon = buildLexicon(
  ["ab", "ba", "cab"].map((word) => ({ word, symbols: [...spellWord(word, vocabulary)!, 1] })),
  model,
);
const languages: Record<string, Partial<BeamOptions>> = {
  none: {},
  words: {
    language: { kind: "words", model, words: ["ab", "ba", "cab"], unknownScore: -2 },
    hotwords: [{ word: "cab", weight: 3 }],
  },
  lexicon: { language: { kind: "lexicon", lexicon, model, wordScore: -0.5, unknownScore: -6 } },
  recombined: { language: { kind: "lexicon", lexicon, model }, recombine: true, alignments: "max" },
  symbols: { language: { kind: "symbols", model }, symbolCount: 4 },
};

/** Rows of log-probabilities, now and then with impossible symbols. */
const anyEmissions = (frames: { min: number; max: number }) =>
  fc
    .array(
      fc.array(fc.oneof(fc.double({ min: -8, max: 4, noNaN: true }), fc.constant(-Infinity)), {
        minLength: 5,
        maxLength: 5,
      }),
      {
        minLength: frames.min,
        maxLength: frames.max,
      },
    )
    .map((rows) => rows.map((row) => (row.some(Number.isFinite) ? row : [0, ...row.slice(1)])))
    .map((rows): Emissions =>
      normaliseEmissions({ data: Float64Array.from(rows.flat()), frames: rows.length, symbols: 5 }),
    );

const piece = ({ data, symbols }: Emissions, from: number, to: number): Emissions => ({
  data: data.slice(from * symbols, to * symbols),
  frames: to - from,
  symbols,
});

describe("beam search", () => {
  it.skipIf(!hasReference)(
    "gives every labelling its exact posterior and its best path (needs ../shared)",
    () => {
      interface Case {
        T: number;
        V: number;
        log_probs: number[][];
        labellings: [number[], number, number][];
      }
      for (const { T: frames, V: symbols, log_probs: rows, labellings } of readCases<{ cases: Case[] }>(
        "beam/exact.json",
      ).cases) {
        for (const alignments of ["sum", "max"] as const) {
          const found = decodeBeam(
            { data: Float64Array.from(rows.flat()), frames, symbols },
            {
              vocabulary: { tokens: ["_", "a", "b", "c"].slice(0, symbols), blank: 0 },
              beamSize: 5000,
              beamThreshold: Infinity,
              alignments,
              nbest: 5000,
            },
          );
          const scores = new Map(
            found.map((hypothesis) => [
              hypothesis.symbols.map(({ symbol }) => symbol).join(),
              hypothesis.score,
            ]),
          );
          expect(found).toHaveLength(labellings.length);
          for (const [ids, sum, best] of labellings) {
            const expected = alignments === "sum" ? sum : best;
            expect(Math.abs(scores.get(ids.join())! - expected)).toBeLessThanOrEqual(
              EXACT * Math.max(1, Math.abs(expected)),
            );
          }
        }
      }
    },
  );

  it("gives the same result however the frames are cut, saved and resumed", () => {
    for (const [name, language] of Object.entries(languages)) {
      const options = { vocabulary, beamSize: 8, ...language };
      fc.assert(
        fc.property(
          anyEmissions({ min: 1, max: 40 }),
          fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 6 }),
          (emissions, cuts) => {
            const whole = decodeBeam(emissions, { ...options, nbest: 5 });
            const bounds = [
              0,
              ...cuts.filter((cut) => cut <= emissions.frames).sort((a, b) => a - b),
              emissions.frames,
            ];
            let decoder = createBeamDecoder(options);
            for (let i = 1; i < bounds.length; i++) {
              decoder.feed(piece(emissions, bounds[i - 1]!, bounds[i]!));
              decoder = createBeamDecoder(options, JSON.parse(JSON.stringify(decoder.save())) as SavedBeam);
            }
            expect(decoder.finish(5), name).toEqual(whole);
          },
        ),
        { numRuns: 40, seed: 7 },
      );
    }
  });

  it("commits words that stay, over more frames than it keeps", () => {
    const spoken = "ab ba cab ab ".repeat(40);
    const path = [...spoken].flatMap((letter) => [letter === " " ? 1 : vocabulary.tokens.indexOf(letter), 0]);
    const data = new Float64Array(path.length * 5).fill(-6);
    path.forEach((symbol, frame) => (data[frame * 5 + symbol] = -0.01));
    for (const [name, language] of Object.entries(languages)) {
      const decoder = createBeamDecoder({ vocabulary, beamSize: 10, beamThreshold: 2, ...language });
      let before: string[] = [];
      for (let frame = 0; frame < path.length; frame += 50) {
        decoder.feed(
          piece({ data, frames: path.length, symbols: 5 }, frame, Math.min(path.length, frame + 50)),
        );
        const words = decoder.committed().map(({ text }) => text);
        expect(words.slice(0, before.length)).toEqual(before);
        expect(decoder.partial()[0]!.text.startsWith(words.join(" "))).toBe(true);
        before = words;
      }
      expect(before.length, name).toBeGreaterThan(100);
      expect(decoder.finish()[0]!.text).toBe(spoken.trim());
    }
  });

  it("times symbols by the best alignment and scores no text above its exact probability", () => {
    fc.assert(
      fc.property(anyEmissions({ min: 1, max: 12 }), (emissions) => {
        const [best] = decodeBeam(emissions, {
          vocabulary,
          alignments: "max",
          beamSize: 200,
          beamThreshold: Infinity,
        });
        const path = new Int32Array(emissions.frames);
        for (const { symbol, start, end } of best!.symbols) path.fill(symbol, start, end);
        const score = path.reduce((sum, symbol, frame) => sum + emissions.data[frame * 5 + symbol]!, 0);
        expect(Math.abs(score - best!.score)).toBeLessThan(EXACT * Math.max(1, Math.abs(score)));
        const all = decodeBeam(emissions, { vocabulary, beamSize: 500, beamThreshold: Infinity, nbest: 500 });
        expect(all.reduce((sum, { score: each }) => sum + Math.exp(each), 0)).toBeLessThan(1 + EXACT);
        expect(all[0]!.score).toBeGreaterThanOrEqual(best!.score - EXACT);
      }),
      { numRuns: 60, seed: 3 },
    );
  });

  it("applies a hotword while it is being spelled", () => {
    // "ab" wins by acoustics, "cab" is a little worse; a beam of two drops it unless the bonus comes early
    const rows = [
      [-3, -9, -0.2, -9, -1.9],
      [-3, -9, -0.7, -2, -9],
      [-2, -9, -9, -0.2, -9],
      [-1, -0.6, -9, -9, -9],
    ];
    const emissions = { data: Float64Array.from(rows.flat()), frames: 4, symbols: 5 };
    const options = { vocabulary, beamSize: 2, language: { kind: "words" } as const };
    expect(decodeBeam(emissions, options)[0]!.text).toBe("ab");
    expect(decodeBeam(emissions, { ...options, hotwords: [{ word: "cab", weight: 9 }] })[0]!.text).toBe(
      "cab",
    );
    const weak = decodeBeam(emissions, {
      ...options,
      beamSize: 50,
      hotwords: [{ word: "cac", weight: 9 }],
    })[0]!;
    expect(weak.text).toBe("ab");
    expect(weak.score).toBeCloseTo(decodeBeam(emissions, { ...options, beamSize: 50 })[0]!.score, 9);
  });

  it("knows the words of the model where no list is given, so that unknown spellings do not run on", () => {
    const rows = Array.from(
      { length: 60 },
      (_, i) =>
        [
          [-3, -3, -0.2, -4, -4],
          [-1, -1, -4, -4, -1.5],
          [-3, -0.9, -4, -0.6, -4],
        ][i % 3]!,
    );
    const emissions = { data: Float64Array.from(rows.flat()), frames: 60, symbols: 5 };
    const language = { kind: "words", model, unknownScore: -4 } as const;
    const [own] = decodeBeam(emissions, { vocabulary, language });
    expect(own).toEqual(
      decodeBeam(emissions, { vocabulary, language: { ...language, words: ["ab", "ba", "cab"] } })[0],
    );
    expect(own!.words.length).toBeGreaterThan(5);
  });

  it("keeps the better of two hypotheses that a model cannot tell apart, if asked to", () => {
    const rows = Array.from({ length: 40 }, (_, i) =>
      i % 4 === 3 ? [-2, -0.3, -3, -3, -3] : [-1.2, -4, -1.3, -1.4, -1.5],
    );
    const emissions = normaliseEmissions({
      data: Float64Array.from(rows.flat()),
      frames: rows.length,
      symbols: 5,
    });
    const options = {
      vocabulary,
      beamSize: 10,
      alignments: "max" as const,
      language: { kind: "lexicon", lexicon, model } as const,
    };
    const exact = decodeBeam(emissions, { ...options, beamSize: 3000 })[0]!.score;
    const recombined = decodeBeam(emissions, { ...options, recombine: true })[0]!.score;
    expect(recombined).toBeGreaterThan(decodeBeam(emissions, options)[0]!.score - EXACT);
    expect(recombined).toBeLessThan(exact + EXACT);
  });

  it("asks a network once a frame for all new prefixes", async () => {
    const sizes: number[] = [];
    const score = (states: readonly unknown[]) => {
      sizes.push(states.length);
      // "b" after "a" is likely, everything else alike
      return Promise.resolve(
        states.map((state) =>
          Float32Array.from([0, -1, -1, String(state).endsWith("a") ? -0.1 : -3, -1, -0.5]),
        ),
      );
    };
    const network = {
      begin: "",
      extend: (state: unknown, symbol: number) => String(state) + vocabulary.tokens[symbol]!,
      score,
    };
    const rows = [
      [-2, -9, -0.2, -9, -9],
      [-3, -9, -3, -1.2, -0.9],
    ];
    const emissions = { data: Float64Array.from(rows.flat()), frames: 2, symbols: 5 };
    const [best] = await decodeBeamAsync(emissions, {
      vocabulary,
      language: { kind: "neural", model: network, weight: 1 },
    });
    expect(best!.text).toBe("ab");
    expect(best!.score).toBeCloseTo(-0.2 - 1.2 - 1 - 0.1 - 0.5, 5);
    expect(sizes.length).toBe(3);
    expect(Math.max(...sizes)).toBeGreaterThan(1);
    expect(() => decodeBeam(emissions, { vocabulary, language: { kind: "neural", model: network } })).toThrow(
      /decodeBeamAsync/,
    );
  });

  it("stops when it is told to, with the given reason", async () => {
    const emissions = { data: new Float64Array(5 * 5000).fill(Math.log(0.2)), frames: 5000, symbols: 5 };
    const controller = new AbortController();
    const decoding = decodeBeamAsync(emissions, { vocabulary, signal: controller.signal });
    setTimeout(() => controller.abort(new Error("enough")), 5);
    await expect(decoding).rejects.toThrow("enough");
  });

  it("refuses NaN with its place and shapes that do not fit, before using any of it", () => {
    const decoder = createBeamDecoder({ vocabulary });
    decoder.feed({ data: new Float32Array(5).fill(-1), frames: 1, symbols: 5 });
    const data = new Float32Array(15).fill(-1);
    data[12] = NaN;
    expect(() => decoder.feed({ data, frames: 3, symbols: 5 })).toThrow(
      /NaN at frame 2, symbol 2.*after 1 frames/s,
    );
    expect(decoder.frames).toBe(1);
    expect(() => decodeBeam({ data: new Float32Array(8), frames: 2, symbols: 4 }, { vocabulary })).toThrow(
      /4 symbols a frame; the vocabulary has 5/,
    );
    expect(() => decodeBeam({ data: new Float32Array(9), frames: 2, symbols: 5 }, { vocabulary })).toThrow(
      EmissionsError,
    );
    expect(() =>
      decodeBeam({ data: new Float32Array(5).fill(-Infinity), frames: 1, symbols: 5 }, { vocabulary }),
    ).toThrow(/frame 0 is -Infinity/);
  });

  it("refuses settings it cannot use, by name", () => {
    const create = (options: Partial<BeamOptions>) => () => createBeamDecoder({ vocabulary, ...options });
    expect(create({ beamSize: 0 })).toThrow(/beamSize is 0; expected a whole number above 0/);
    expect(create({ beamThreshold: NaN })).toThrow(/beamThreshold is NaN/);
    expect(create({ language: { kind: "words", alpha: NaN } })).toThrow(/language.alpha is NaN/);
    expect(
      create({ vocabulary: { tokens: ["_", "a"], blank: 0 }, hotwords: [{ word: "a", weight: 1 }] }),
    ).toThrow(/hotwords needs a vocabulary with a word delimiter/);
    expect(create({ transitions: new Float32Array(3) })).toThrow(/transitions has 3 values; expected 5 × 5/);
  });

  it("decodes nothing, one frame and one symbol", () => {
    expect(decodeBeam({ data: new Float32Array(0), frames: 0, symbols: 5 }, { vocabulary })[0]).toMatchObject(
      { text: "", score: 0 },
    );
    expect(
      decodeBeam({ data: Float32Array.of(-3, -3, -0.2, -4, -5), frames: 1, symbols: 5 }, { vocabulary })[0]!
        .text,
    ).toBe("a");
    expect(
      decodeBeam(
        { data: new Float32Array(3), frames: 3, symbols: 1 },
        { vocabulary: { tokens: ["_"], blank: 0 } },
      )[0],
    ).toMatchObject({ text: "", score: 0 });
  });
});
