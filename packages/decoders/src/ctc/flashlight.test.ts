// Beam search against flashlight-text and torchaudio, with their own settings.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { buildLexicon, parseLexicon, type Lexicon, type Smearing } from "../lm/lexicon.js";
import { hasReference, referenceFolder } from "../reference-tensors.js";
import { decodeBeam, type Hypothesis } from "./beam.js";
import type { Emissions } from "./emissions.js";
import { flashlightOptions, type FlashlightOptions } from "./presets.js";
import {
  inSinglePrecision,
  letters,
  readCases,
  readEmissions,
  readModel,
  textFolder,
} from "./reference-cases.js";

/** The peers add float32 emissions and language model scores. */
const SCORE = 1e-4;

interface Case {
  decoder: "lexicon" | "lexicon_free";
  emission: string;
  lm: string | null;
  smear?: "MAX" | "NONE" | "LOGADD";
  log_add: boolean;
  hypotheses: {
    score: number;
    am: number;
    lm: number;
    words?: string[];
    text: string;
    path: [number, number][];
  }[];
}
type Options = Omit<FlashlightOptions, "vocabulary" | "model" | "lexicon">;
interface Alphabet {
  tokens: string[];
  blank: number;
  silence: number;
}

const smearings: Record<string, Smearing> = { MAX: "max", NONE: "none", LOGADD: "sum" };
/** Delimiters in a row are one here; the peers keep those of the path. */
const squeezed = (text: string) => text.replace(/\|+/g, "|").replace(/^\||\|$/g, "");
const spelled = (hypothesis: Hypothesis, tokens: readonly string[]) =>
  squeezed(hypothesis.symbols.map(({ symbol }) => tokens[symbol]).join(""));

const lexicons = new Map<string, Lexicon>();

function lexiconOf(
  path: string,
  tokens: readonly string[],
  model: ReturnType<typeof readModel> | undefined,
  smearing: Smearing = "max",
): Lexicon {
  const key = [path, tokens.join(), model?.wordCount, model?.order, smearing].join();
  const known = lexicons.get(key);
  if (known) return known;
  const usable = readFileSync(path, "utf8")
    .split("\n")
    .filter(
      (line) =>
        line
          .split("\t")[1]
          ?.split(" ")
          .every((token) => tokens.includes(token)) ?? true,
    );
  const lexicon = buildLexicon(
    parseLexicon(usable.join("\n"), (token) => (tokens.includes(token) ? tokens.indexOf(token) : undefined)),
    model,
    smearing,
  );
  lexicons.set(key, lexicon);
  return lexicon;
}

describe.skipIf(!hasReference)("beam search with flashlight's settings (needs ../shared)", () => {
  const emissions = hasReference ? readEmissions() : {};
  const { alphabets, cases } = hasReference
    ? readCases<{ alphabets: Record<string, Alphabet>; cases: Case[] }>("beam/flashlight.json")
    : { alphabets: {}, cases: [] };
  const decode = (settings: Case, changes: Options = {}) => {
    const { tokens, blank, silence } = alphabets[settings.emission === "libri" ? "libri" : "hf"]!;
    const model = settings.lm === null ? undefined : readModel(`${referenceFolder}/lm/${settings.lm}`);
    const lexicon =
      settings.decoder === "lexicon"
        ? lexiconOf(`${referenceFolder}/beam/lexicon.txt`, tokens, model, smearings[settings.smear!])
        : undefined;
    const input =
      settings.emission === "libri" ? inSinglePrecision(emissions["libri"]!) : emissions[settings.emission]!;
    const options = flashlightOptions({
      ...(settings as Options),
      ...changes,
      vocabulary: { tokens, blank, wordDelimiter: silence },
      ...(model ? { model } : {}),
      ...(lexicon ? { lexicon } : {}),
    });
    return { tokens, found: decodeBeam(input, { ...options, nbest: settings.hypotheses.length }) };
  };
  // without a model the homophones of the lexicon tie exactly, and a beam of 50 or fewer keeps now this, now that one
  const isTied = ({ decoder, lm, log_add: isSum }: Case) => decoder === "lexicon" && lm === null && isSum;

  it("finds flashlight's texts with flashlight's scores and their parts", () => {
    let compared = 0;
    for (const settings of cases.filter((each) => !isTied(each))) {
      const { tokens, found } = decode(settings);
      settings.hypotheses.forEach((expected, i) => {
        const hypothesis = found[i]!;
        expect(
          Math.abs(hypothesis.score - expected.score),
          JSON.stringify({ ...settings, hypotheses: i }),
        ).toBeLessThan(SCORE);
        expect(spelled(hypothesis, tokens)).toBe(squeezed(expected.text));
        if (!settings.log_add) {
          expect(Math.abs(hypothesis.acoustic - expected.am)).toBeLessThan(SCORE);
          expect(Math.abs(hypothesis.languageModel - expected.lm)).toBeLessThan(SCORE);
        }
        if (expected.words && settings.lm !== null)
          expect(hypothesis.words.map(({ text }) => text)).toEqual(expected.words);
        compared += 1;
      });
    }
    expect(compared).toBeGreaterThan(300);
  });

  it("finds better sums than flashlight where homophones tie and the beam has room for them", () => {
    const tied = cases.filter(isTied);
    expect(tied).toHaveLength(2);
    for (const settings of tied) {
      expect(decode(settings, { beam_size: 1000 }).found[0]!.score).toBeGreaterThan(
        settings.hypotheses[0]!.score,
      );
    }
  });

  it("gives each symbol the frames of flashlight's best path", () => {
    for (const settings of cases.filter(
      (each) => !each.log_add && each.lm !== null && each.emission !== "libri",
    )) {
      const { found, tokens } = decode(settings);
      const blank = tokens.indexOf("<pad>");
      // the peer's path has an artificial silence before the first frame
      let frame = -1;
      const runs = settings.hypotheses[0]!.path.flatMap(([symbol, frames]) => {
        const start = frame;
        frame += frames;
        return symbol === blank || tokens[symbol] === "|" ? [] : [[symbol, start, frame]];
      });
      const own = found[0]!.symbols
        .filter(({ symbol }) => tokens[symbol] !== "|")
        .map(({ symbol, start, end }) => [symbol, start, end]);
      expect(own).toEqual(runs);
    }
  });

  it("decodes flashlight's own case, ASG with transitions and 200,000 words, and the same matrix as CTC", () => {
    const folder = `${textFolder}/flashlight_text`;
    const own = readCases<{ T: number; N: number; cases: (Case & { criterion: string })[] }>(
      "beam/flashlight_own.json",
    );
    const tokens = [...readFileSync(`${folder}/letters.lst`, "utf8").trimEnd().split("\n"), "<1>"];
    const floats = (name: string) =>
      new Float32Array(new Uint8Array(readFileSync(`${folder}/${name}`)).buffer);
    const raw: Emissions = { data: floats("emission.bin"), frames: own.T, symbols: own.N };
    const model = readModel(`${folder}/lm.arpa`);
    const symbols = new Map(tokens.map((token, i) => [token, i]));
    const spellings = parseLexicon(readFileSync(`${folder}/words.lst`, "utf8"), (token) =>
      symbols.get(token),
    );
    for (const settings of own.cases) {
      const isAsg = settings.criterion === "ASG";
      // ASG writes the second of two equal letters as "<1>"
      const replaced = isAsg
        ? spellings.map(({ word, symbols: ids }) => ({
            word,
            symbols: ids.map((id, i) => (i > 0 && ids[i - 1] === id ? 28 : id)),
          }))
        : spellings;
      const options = flashlightOptions({
        ...(settings as Options),
        vocabulary: { tokens, blank: 28, wordDelimiter: symbols.get("|")! },
        model,
        lexicon: buildLexicon(replaced, model),
      });
      const input = isAsg ? raw : inSinglePrecision(raw);
      const found = decodeBeam(input, {
        ...options,
        ...(isAsg ? { transitions: floats("transition.bin") } : {}),
        nbest: 5,
      });
      settings.hypotheses.forEach((expected, i) => {
        expect(Math.abs(found[i]!.score - expected.score)).toBeLessThan(SCORE);
        expect(found[i]!.words.map(({ text }) => text)).toEqual(expected.words);
      });
    }
  });
});

interface TorchaudioCase {
  emission?: string;
  toy?: number;
  tokens?: string[];
  log_probs?: number[][];
  options: Options & { lexicon: string | null; lm: string | null; nbest: number };
  hypotheses: { score: number; words: string[]; text: string }[];
}

describe.skipIf(!hasReference)("beam search with torchaudio's settings (needs ../shared)", () => {
  it("finds torchaudio's scores and texts, or better ones where it stops words short", () => {
    const emissions = readEmissions();
    let toy: Emissions | undefined;
    let equal = 0;
    for (const { emission, tokens = letters, log_probs: rows, options, hypotheses } of readCases<{
      cases: TorchaudioCase[];
    }>("beam/torchaudio.json").cases) {
      if (rows) toy = { data: Float32Array.from(rows.flat()), frames: rows.length, symbols: tokens.length };
      const { lexicon: lexiconName, lm, nbest, ...settings } = options;
      // without a lexicon torchaudio numbers the model's words in another order than the symbols it asks for
      if (lexiconName === null && lm !== null) continue;
      const file = (name: string, folder: string) =>
        emission === undefined
          ? `${textFolder}/torchaudio_decoder/${name}`
          : `${referenceFolder}/${folder}/${name}`;
      const model = lm === null ? undefined : readModel(file(lm, "lm"));
      const lexicon = lexiconName === null ? undefined : lexiconOf(file(lexiconName, "beam"), tokens, model);
      const found = decodeBeam(emission === undefined ? toy! : emissions[emission]!, {
        ...flashlightOptions({
          ...settings,
          vocabulary: { tokens, blank: 0, wordDelimiter: tokens.indexOf("|") },
          ...(model ? { model } : {}),
          ...(lexicon ? { lexicon } : {}),
        }),
        nbest,
      });
      // unknown words: torchaudio allows their last letter one frame only; homophones without a model tie
      const mayBeBetter = settings.unk_score !== undefined || (lexicon !== undefined && lm === null);
      if (mayBeBetter) expect(found[0]!.score).toBeGreaterThan(hypotheses[0]!.score - SCORE);
      else {
        hypotheses.forEach((expected, i) =>
          expect(Math.abs(found[i]!.score - expected.score)).toBeLessThan(SCORE),
        );
        expect(spelled(found[0]!, tokens)).toBe(squeezed(hypotheses[0]!.text));
        equal += 1;
      }
    }
    expect(equal).toBeGreaterThan(25);
  });
});
