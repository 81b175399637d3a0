// Greedy decoding against the transformers tokenizers, and vocabularies.
import { describe, expect, it } from "vitest";
import { hasReference } from "../reference-tensors.js";
import { decodeGreedy } from "./greedy.js";
import { letters, readCases, readEmissions } from "./reference-cases.js";
import { collapsePath, textOf, wordsOf } from "./spans.js";
import { createVocabulary, spellWord, type TokenRoles, type Vocabulary } from "./vocabulary.js";

interface Golden {
  vocabs: Record<
    string,
    {
      vocab: Record<string, number | Record<string, number>>;
      options: { word_delimiter_token?: string; target_lang?: string };
      pad_token: string;
    }
  >;
  phoneme_vocab: Record<string, number>;
  decode: {
    name: string;
    vocab: string;
    ids: number[];
    plain: string;
    char_offsets: [string, number, number][];
    word_offsets: [string, number, number][];
  }[];
  phoneme_decode: {
    options: Record<string, string>;
    ids: number[];
    text?: string;
    char_offsets?: [string, number, number][];
  }[];
}

describe("greedy decoding", () => {
  it.skipIf(!hasReference)("collapses, times and groups as the tokenizers do (needs ../shared)", () => {
    const golden = readCases<Golden>("greedy/tokenizer.json");
    for (const { name, vocab, ids, plain, char_offsets: characters, word_offsets: words } of golden.decode) {
      const { vocab: content, options, pad_token: blank } = golden.vocabs[vocab]!;
      const roles: TokenRoles = {
        blank,
        wordDelimiter: options.word_delimiter_token ?? "|",
        ...(options.target_lang === undefined ? {} : { language: options.target_lang }),
      };
      const vocabulary = createVocabulary(content, roles);
      const spans = collapsePath(ids, vocabulary.blank);
      const delimiter = vocab === "star_delimiter" ? "*" : " ";
      const token = (symbol: number) =>
        symbol === vocabulary.wordDelimiter ? delimiter : (vocabulary.tokens[symbol] ?? "<unk>");
      expect(
        spans.map(({ symbol, start, end }) => [token(symbol), start, end]),
        name,
      ).toEqual(characters);
      const found = wordsOf(spans, vocabulary, "keep");
      expect(
        found.map(({ text, start, end }) => [text, start, end]),
        name,
      ).toEqual(words);
      // the tokenizer keeps a space for every delimiter, here words have one between them
      const lower = vocab === "lower" ? textOf(found).toLowerCase() : textOf(found);
      expect(lower.replaceAll(" ", delimiter), name).toBe(plain.replace(/ +/g, " "));
    }
  });

  it.skipIf(!hasReference)("writes phonemes with spaces between (needs ../shared)", () => {
    const golden = readCases<Golden>("greedy/tokenizer.json");
    for (const { options, ids, text, char_offsets: characters } of golden.phoneme_decode) {
      if (text === undefined) continue;
      const isFiltered = options["word_delimiter_token"] === "|";
      const vocabulary = createVocabulary(golden.phoneme_vocab, {
        separator: " ",
        wordDelimiter: isFiltered ? "|" : "none",
      });
      const spans = collapsePath(ids, vocabulary.blank);
      const shown = spans.filter(({ symbol }) => symbol !== vocabulary.wordDelimiter);
      expect(shown.map(({ symbol, start, end }) => [vocabulary.tokens[symbol], start, end])).toEqual(
        characters,
      );
      expect(textOf(wordsOf(spans, vocabulary, "keep"))).toBe(text);
    }
  });

  it.skipIf(!hasReference)("scores the best path of the reference emissions (needs ../shared)", () => {
    interface Items {
      items: Record<string, { greedy_ids: number[]; greedy_text: string; greedy_sum: number }>;
    }
    const emissions = readEmissions();
    const vocabulary = createVocabulary(Object.fromEntries(letters.map((token, i) => [token, i])));
    for (const [name, { greedy_ids: ids, greedy_text: text, greedy_sum: sum }] of Object.entries(
      readCases<Items>("emissions/emissions.json").items,
    )) {
      const result = decodeGreedy(emissions[name]!, vocabulary);
      expect(result.symbols.map(({ symbol }) => symbol)).toEqual(ids);
      expect(result.text).toBe(text.trim().replace(/ +/g, " "));
      expect(Math.abs(result.score - sum)).toBeLessThan(1e-9 * Math.abs(sum) + 1e-9);
    }
  });

  it("keeps double letters that a blank separates, and gives the mean probability as confidence", () => {
    const vocabulary: Vocabulary = { tokens: ["_", "l", "o"], blank: 0 };
    const rows = [
      [0.1, 0.8, 0.1],
      [0.1, 0.6, 0.3],
      [0.7, 0.2, 0.1],
      [0.1, 0.9, 0],
      [0.2, 0.2, 0.6],
    ];
    const { text, words, symbols } = decodeGreedy(
      { data: Float64Array.from(rows.flat(), Math.log), frames: 5, symbols: 3 },
      vocabulary,
    );
    expect(text).toBe("llo");
    expect(symbols.map(({ start, end }) => [start, end])).toEqual([
      [0, 2],
      [3, 4],
      [4, 5],
    ]);
    expect(symbols[0]!.confidence).toBeCloseTo(Math.sqrt(0.8 * 0.6), 12);
    expect(words[0]!.confidence).toBeCloseTo((0.8 * 0.6 * 0.9 * 0.6) ** 0.25, 12);
  });

  it("joins word pieces at their prefix and leaves special symbols out", () => {
    const vocabulary: Vocabulary = {
      tokens: ["_", "▁the", "▁c", "at", "<unk>"],
      blank: 0,
      special: [4],
      wordPrefix: "▁",
    };
    const spans = collapsePath([1, 0, 2, 3, 4, 0, 1], 0);
    expect(textOf(wordsOf(spans, vocabulary))).toBe("the cat the");
    expect(textOf(wordsOf(spans, vocabulary, "keep"))).toBe("the cat<unk> the");
    expect(spellWord("cat", vocabulary)).toEqual([2, 3]);
    expect(spellWord("dog", vocabulary)).toBeUndefined();
  });

  it("refuses vocabularies with gaps, without the blank or without the language", () => {
    expect(() => createVocabulary({ "<pad>": 0, a: 2 })).toThrow(
      /"a" has id 2; expected each of 0 to 1 once/,
    );
    expect(() => createVocabulary({ a: 0 })).toThrow(/no token "<pad>"/);
    expect(() => createVocabulary({ eng: { "<pad>": 0 } }, { language: "deu" })).toThrow(
      /no language "deu"; it has eng/,
    );
  });
});
