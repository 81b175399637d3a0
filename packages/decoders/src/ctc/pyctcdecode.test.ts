// Beam search against pyctcdecode and Hugging Face's processor, with their own settings.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { scoreSentence } from "../lm/model.js";
import { readProcessorFolder } from "../lm/processor-folder.js";
import { hasReference, referenceFolder } from "../reference-tensors.js";
import { decodeBeam, type Hypothesis } from "./beam.js";
import { normaliseEmissions, type Emissions } from "./emissions.js";
import { pyctcdecodeOptions, type PyctcdecodeOptions } from "./presets.js";
import { readCases, readEmissions, readModel, textFolder } from "./reference-cases.js";

/** Relative; the library adds up float32 scores of KenLM. */
const SCORE = 1e-6;

interface Beam {
  text: string;
  am: number;
  total: number;
  frames: [string, number, number][];
}
interface Case {
  emission: string;
  lm: string | null;
  unigrams: "all" | "few" | "none" | "empty" | null;
  lm_options?: Options & { score_boundary?: boolean };
  options: Options;
  beams: Beam[];
}
type Options = Omit<PyctcdecodeOptions, "vocabulary" | "model" | "unigrams">;
interface Toy {
  labels: string[];
  logits: number[][];
  alpha: number;
  beta: number;
  unigrams: string[] | null;
  hotwords: string[] | null;
  beams: Beam[];
}

const near = (value: number, expected: number) =>
  Math.abs(value - expected) <= SCORE * Math.max(1, Math.abs(expected));
const decode = (
  emissions: Emissions,
  labels: string[],
  settings: Omit<PyctcdecodeOptions, "vocabulary">,
  nbest: number,
): Hypothesis[] => {
  const vocabulary = { tokens: labels, blank: labels.indexOf(""), wordDelimiter: labels.indexOf(" ") };
  return decodeBeam(normaliseEmissions(emissions, { floor: 1e-15 }), {
    ...pyctcdecodeOptions({ ...settings, vocabulary }),
    nbest,
  });
};

describe.skipIf(!hasReference)("beam search with pyctcdecode's settings (needs ../shared)", () => {
  const arpa = (name: string) => readModel(`${referenceFolder}/lm/${name}`);
  const emissions = hasReference ? readEmissions() : {};

  it("finds its texts with its scores, and better ones where it scores an empty word at the end", () => {
    const golden = readCases<{ alphabet_hf: string[]; alphabet_libri: string[]; cases: Case[] }>(
      "beam/pyctcdecode.json",
    );
    const known = Array.from({ length: arpa("word3.arpa").wordCount }, (_, id) =>
      arpa("word3.arpa").wordOf(id)!,
    ).filter((word) => !["<s>", "</s>", "<unk>"].includes(word));
    const lists: Record<string, string[] | undefined> = {
      all: known,
      few: known.filter((_, i) => i % 3 === 0),
      none: undefined,
      empty: [],
    };
    let [equal, better] = [0, 0];
    for (const {
      emission,
      lm,
      unigrams,
      lm_options: { score_boundary: boundary = true, ...modelOptions } = {},
      options,
      beams,
    } of golden.cases) {
      const labels = emission === "libri" ? golden.alphabet_libri : golden.alphabet_hf;
      const model = lm === null ? undefined : arpa(lm);
      const list = lists[unigrams ?? "none"];
      const settings = {
        ...options,
        ...modelOptions,
        lm_score_boundary: boundary,
        ...(model ? { model } : {}),
        ...(list ? { unigrams: list } : {}),
      };
      const found = decode(emissions[emission]!, labels, settings, beams.length);
      // total = acoustic + alpha ln 10 (model + unknown words) + beta words + hotwords, if nothing else was scored
      const isHot = (word: string) => (options.hotwords ?? []).some((hot) => hot.split(/\s+/).includes(word));
      const clean = (text: string, acoustic: number) => {
        const spoken = text === "" ? [] : text.split(" ");
        const bonus = spoken.filter(isHot).length * (options.hotword_weight ?? 10);
        if (model === undefined) return acoustic + bonus;
        const { alpha = 0.5, beta = 1.5, unk_score_offset: offset = -10 } = settings;
        const isKnown = (word: string) =>
          model.indexOf(word) > 0 && (list === undefined || list.length === 0 || list.includes(word));
        const unknown = spoken.filter((word) => !isKnown(word)).length;
        const score = scoreSentence(model, text, { bos: boundary, eos: boundary }).total + unknown * offset;
        return acoustic + alpha * Math.LN10 * score + beta * spoken.length + bonus;
      };
      for (const hypothesis of found)
        expect(near(hypothesis.score, clean(hypothesis.text, hypothesis.acoustic))).toBe(true);
      // texts that some hypothesis ends with a delimiter score lower there, or are not among the best at all
      const totals = new Map(beams.map(({ text, total }) => [text, total]));
      const hasDefect =
        model !== undefined &&
        found.some(({ text, score }) => !((totals.get(text) ?? -Infinity) > score - 1));
      // integer logits put hypotheses exactly at the threshold, where the last bit decides
      const isTied = emission === "libri" && options.beam_prune_logp === -2;
      if (hasDefect || isTied || options.prune_history === true) {
        expect(found[0]!.score, JSON.stringify({ emission, lm, options })).toBeGreaterThan(
          beams[0]!.total - SCORE * 100,
        );
        better += 1;
        continue;
      }
      beams.forEach((beam, i) => {
        const name = JSON.stringify({ emission, lm, unigrams, modelOptions, options, i });
        expect(near(found[i]!.score, beam.total), name).toBe(true);
        expect(near(found[i]!.acoustic, beam.am), name).toBe(true);
        expect(found[i]!.text, name).toBe(beam.text);
      });
      // its times are those of whichever hypothesis it met first: the same words at about the same place
      found[0]!.words.forEach(({ start, end }, i) => {
        expect(
          Math.max(Math.abs(start - beams[0]!.frames[i]![1]), Math.abs(end - beams[0]!.frames[i]![2])),
        ).toBeLessThan(6);
      });
      equal += 1;
    }
    expect({ equal, better }).toEqual({ equal: 67, better: 41 });
  });

  it("decodes its toy model with hotwords and unigrams", () => {
    const { toy } = readCases<{ toy: Toy[] }>("beam/pyctcdecode.json");
    const model = readModel(`${textFolder}/pyctcdecode/bugs_bunny_kenlm.arpa`);
    for (const { labels, logits, alpha, beta, unigrams, hotwords, beams } of toy) {
      const input = { data: Float64Array.from(logits.flat()), frames: logits.length, symbols: labels.length };
      const found = decode(
        input,
        labels,
        { model, alpha, beta, ...(unigrams ? { unigrams } : {}), hotwords: hotwords ?? [] },
        beams.length,
      );
      expect(found.map(({ text }) => text)).toEqual(beams.map(({ text }) => text));
      found.forEach(({ score }, i) => expect(near(score, beams[i]!.total)).toBe(true));
    }
  });

  it("does not score an empty word after a last delimiter", () => {
    interface Trailing {
      text: string;
      path: number[];
      score_boundary: boolean;
      alpha: number;
      beta: number;
      am_plus_lm_of_text: number;
    }
    const { alphabet_hf: labels } = readCases<{ alphabet_hf: string[] }>("beam/pyctcdecode.json");
    for (const row of readCases<{ cases: Trailing[] }>("beam/pyctcdecode_trailing.json").cases) {
      const data = new Float64Array(row.path.length * labels.length).fill(-30);
      row.path.forEach((symbol, frame) => (data[frame * labels.length + symbol] = 0));
      const settings = {
        model: arpa("word3.arpa"),
        alpha: row.alpha,
        beta: row.beta,
        lm_score_boundary: row.score_boundary,
        token_min_logp: -20,
      };
      const [best] = decode({ data, frames: row.path.length, symbols: labels.length }, labels, settings, 1);
      expect(best!.text).toBe(row.text);
      expect(best!.score).toBeCloseTo(row.am_plus_lm_of_text, 5);
    }
  });

  it("reads a folder of Wav2Vec2ProcessorWithLM and decodes as it does", async () => {
    interface Expected {
      cases: {
        emission: string;
        options: {
          beam_width?: number;
          alpha?: number;
          beta?: number;
          hotwords?: string[];
          hotword_weight?: number;
        };
        text: string[];
        lm_score: number[];
      }[];
    }
    const root = `${referenceFolder}/processor`;
    const folder = {
      list: (path: string) => Promise.resolve(readdirSync(`${root}/${path}`)),
      read: (path: string) => Promise.resolve(new Uint8Array(readFileSync(`${root}/${path}`))),
    };
    const { options } = await readProcessorFolder(folder);
    const language = options.language?.kind === "words" ? options.language : undefined;
    expect(language).toMatchObject({ alpha: 0.7, beta: 1.2, unknownScore: -8, sentenceBoundaries: true });
    for (const {
      emission,
      options: { beam_width: beamSize = 100, alpha, beta, hotwords = [], hotword_weight: weight = 10 },
      text,
      lm_score: scores,
    } of readCases<Expected>("processor/expected.json").cases) {
      const found = decodeBeam(normaliseEmissions(emissions[emission]!, { floor: 1e-15 }), {
        ...options,
        beamSize,
        hotwords: hotwords.map((word) => ({ word, weight })),
        language: {
          ...language!,
          ...(alpha === undefined ? {} : { alpha }),
          ...(beta === undefined ? {} : { beta }),
        },
        nbest: 3,
      });
      if (emission === "easy30") {
        expect(found.map((each) => each.text)).toEqual(text);
        found.forEach(({ score }, i) => expect(near(score, scores[i]!)).toBe(true));
      } else expect(found[0]!.score).toBeGreaterThan(scores[0]!); // these end in a delimiter, which the library scores as a word
    }
  });
});
