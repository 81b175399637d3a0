// Codes, names, adapters and stretches: what needs no model.
import { describe, expect, it } from "vitest";
import { adapterLanguages } from "./adapter-language.js";
import { candidateIndices } from "./known-languages.js";
import { languageName } from "./language-name.js";
import { languageStretches } from "./language-stretches.js";

it.each([
  ["fra", "French"],
  ["en", "English"],
  ["azj-script_latin", "North Azerbaijani"],
  ["iw", "Hebrew"],
  ["fr: French", "French"],
  ["abi", "Abidji"],
  ["Swahili (macrolanguage)", "Swahili (macrolanguage)"],
  ["label 0", "label 0"],
])("%s is called %s", (label, name) => expect(languageName(label)).toBe(name));

describe("candidates", () => {
  const labels = ["eng", "fra", "deu", "cmn", "por", "azj-script_latin", "azj-script_cyrillic"];

  it("are found by label, by other codes of the language, and by name, once each", () => {
    expect(candidateIndices(labels, ["deu", "fr", "zh", "English", "fra"], "m")).toEqual([2, 1, 3, 0]);
    expect(candidateIndices(labels, ["az"], "m")).toEqual([5, 6]);
    expect(candidateIndices(labels, undefined, "m")).toHaveLength(7);
  });

  it.each([
    ["frz", ["fra"]],
    ["Portugese", ["por"]],
    ["Germann", ["deu"]],
    ["x", []],
  ])("suggest what is near %s", (candidate, nearest) => {
    expect(() => candidateIndices(labels, [candidate], "models/lid")).toThrow(
      expect.objectContaining({ name: "LanguageError", language: candidate, nearest }),
    );
  });

  it("say what was asked for and what there is", () => {
    expect(() => candidateIndices(labels, ["frz"], "models/lid")).toThrow(
      'identify: "frz" is no language of models/lid; nearest: fra (French); it has 7: eng, fra, deu, cmn',
    );
  });
});

it.each([
  ["fra", "fra"],
  ["fr", "fra"],
  ["cmn", "cmn-script_simplified"],
  ["zho", "cmn-script_simplified"],
  ["yue", "yue-script_traditional"],
  ["azj", "azj-script_latin"],
  ["srp", "srp-script_cyrillic"],
  ["ekk", "est"],
  ["quc", "quc-dialect_central"],
  ["ita", undefined],
  ["noise", undefined],
])("%s is written by the adapter %s", (language, adapter) => {
  const adapters = [
    "azj-script_cyrillic",
    "azj-script_latin",
    "srp-script_latin",
    "srp-script_cyrillic",
    "cmn-script_simplified",
    "yue-script_traditional",
    "quc-dialect_central",
    "quc-dialect_east",
    "est",
    "fra",
  ];
  expect(adapterLanguages([language], adapters)).toEqual([adapter]);
});

describe("stretches", () => {
  const window = (start: number, end: number, french: number) => ({
    start,
    end,
    probabilities: new Map(Number.isNaN(french) ? [] : [["fra", french], ["deu", 1 - french]]), // prettier-ignore
  });

  it("join neighbours of one language, and leave silence out", () => {
    const windows = [
      window(0, 2, 0.9),
      window(2, 3, 0.6),
      window(3, 4, NaN),
      window(4, 5, 0.8),
      window(5, 6, 0.1),
    ];
    expect(languageStretches(windows)).toEqual([
      { start: 0, end: 3, language: "fra", probability: expect.closeTo(0.8, 9) as number },
      { start: 4, end: 5, language: "fra", probability: 0.8 },
      { start: 5, end: 6, language: "deu", probability: 0.9 },
    ]);
  });

  it("weigh windows that overlap alike", () => {
    const windows = [window(0, 2, 1), window(1, 3, 0.4), window(2, 4, 0.1)];
    expect(languageStretches(windows)).toEqual([
      { start: 0, end: 2, language: "fra", probability: expect.closeTo((1 + 0.7) / 2, 9) as number },
      { start: 2, end: 4, language: "deu", probability: expect.closeTo((0.75 + 0.9) / 2, 9) as number },
    ]);
  });

  it("are none of nothing", () => expect(languageStretches([])).toEqual([]));
});
