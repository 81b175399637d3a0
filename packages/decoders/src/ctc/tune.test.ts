// Weights are found where they are, and nothing is tried on nothing.
import { describe, expect, it } from "vitest";
import { estimateNgrams } from "../lm/estimate.js";
import { buildLexicon, parseLexicon } from "../lm/lexicon.js";
import { WordList } from "../lm/word-list.js";
import { tune } from "./tune.js";
import { spellWord, type Vocabulary } from "./vocabulary.js";

const vocabulary: Vocabulary = { tokens: ["_", "|", "a", "b"], blank: 0, wordDelimiter: 1 };

describe("tune", () => {
  it("finds the weight with which a model corrects a wrong letter", async () => {
    const { model } = await estimateNgrams(["ab ab", "ab ab ab", "ba ab"], {
      order: 2,
      fallbackDiscounts: true,
    });
    // "aa ab" by acoustics, "ab ab" in truth
    const rows = [
      [-3, -5, -0.1, -5],
      [-0.1, -5, -5, -5],
      [-3, -5, -0.6, -0.9],
      [-2, -0.2, -5, -5],
      [-3, -5, -0.1, -5],
      [-3, -5, -5, -0.1],
    ];
    const clip = {
      emissions: { data: Float64Array.from(rows.flat()), frames: rows.length, symbols: 4 },
      reference: "ab ab",
    };
    const seen: number[] = [];
    const { best, trials } = await tune([clip], {
      alphas: [0, 0.5],
      betas: [0, 1],
      optionsFor: (alpha, beta) => ({
        vocabulary,
        language: { kind: "words", model, alpha, beta, unknownScore: -2 },
      }),
      metric: (references, texts) => references.filter((reference, i) => reference !== texts[i]).length,
      onTrial: (_trial, done) => seen.push(done),
    });
    expect(trials.map(({ metric }) => metric)).toEqual([1, 1, 0, 0]);
    expect(best).toEqual({ alpha: 0.5, beta: 0, metric: 0 });
    expect(seen).toEqual([1, 2, 3, 4]);
  });

  it("refuses to try nothing and metrics that are NaN", async () => {
    const clip = { emissions: { data: new Float32Array(4).fill(-1), frames: 1, symbols: 4 }, reference: "" };
    const options = { alphas: [1], betas: [0], optionsFor: () => ({ vocabulary }), metric: () => NaN };
    await expect(tune([], options)).rejects.toThrow(
      /0 clips, 1 alphas, 1 betas; expected at least one of each/,
    );
    await expect(tune([clip], options)).rejects.toThrow(/metric is NaN for alpha 1, beta 0/);
  });
});

describe("lexicon", () => {
  it("looks ahead to the best word below a node, or the sum of all", async () => {
    const { model } = await estimateNgrams(["ab ab ab ba aab"], { order: 2, fallbackDiscounts: true });
    const spellings = ["ab", "aab", "ba"].map((word) => ({ word, symbols: spellWord(word, vocabulary)! }));
    const score = (word: string) => model.score(model.beginState, model.indexOf(word));
    const best = buildLexicon(spellings, model);
    const afterA = best.edgeTarget[0]!;
    expect(best.lookAhead[afterA]).toBeCloseTo(Math.max(score("ab"), score("aab")), 12);
    expect(buildLexicon(spellings, model, "none").lookAhead.every((value) => value === 0)).toBe(true);
    expect(buildLexicon(spellings, model, "sum").lookAhead[afterA]!).toBeGreaterThan(best.lookAhead[afterA]!);
  });

  it("names the line and the symbol that is not in the vocabulary", () => {
    const symbolOf = (token: string) =>
      vocabulary.tokens.includes(token) ? vocabulary.tokens.indexOf(token) : undefined;
    expect(() => parseLexicon("ab a b\nac a c\n", symbolOf)).toThrow(/line 2: "c" in the spelling of "ac"/);
    expect(() => buildLexicon([])).toThrow(/no words/);
    expect(() => buildLexicon([{ word: "x", symbols: [] }])).toThrow(/"x" has no symbols/);
  });
});

describe("word list", () => {
  it("tells prefixes, words and neither apart, letter by letter", () => {
    const list = new WordList(["car", "cart", "dog", "", "car", "čaj", "𝄞x"]);
    expect(list.words).toHaveLength(5);
    for (const [word, isPrefix, isWord] of [
      ["ca", true, false],
      ["car", true, true],
      ["cart", true, true],
      ["carts", false, false],
      ["d", true, false],
      ["𝄞", true, false],
      ["x", false, false],
    ] as const) {
      list.narrow(0, list.words.length, 0, word);
      expect([list.low < list.high, list.has(word)], word).toEqual([isPrefix, isWord]);
    }
  });
});
