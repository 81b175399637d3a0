import { fileURLToPath } from "node:url";
import { ortBackend } from "@wav2vec/backend-ort";
import { readAudio } from "@wav2vec/audio";
import type { Vocabulary } from "@wav2vec/decoders";
import { seededRandom } from "@wav2vec/testkit";
import * as ort from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bestSymbols, scoreSpellings } from "./keyword-scores.js";
import { searchKeywords } from "./keyword-search.js";
import { createKeywordSpotter, type KeywordSpotter } from "./keyword-spotter.js";

const vocabulary: Vocabulary = { tokens: ["-", "|", "A", "B", "C"], blank: 0, wordDelimiter: 1 };

/** A network that is sure of one symbol a frame, `share` of the probability, the rest even. */
function emissionsOf(path: string, share = 0.9) {
  const ids = [...path].map((c) => vocabulary.tokens.indexOf(c));
  const data = ids.flatMap((id) =>
    vocabulary.tokens.map((_, k) => Math.log(k === id ? share : (1 - share) / 4)),
  );
  return { data: Float32Array.from(data), frames: ids.length, symbols: 5 };
}

describe("keyword search", () => {
  const search = (path: string, keywords: string[], options = {}) =>
    searchKeywords(emissionsOf(path), keywords, { vocabulary }, options);

  it("finds what greedy decoding spells, with times, as often as it is said", () => {
    const hits = search("--AA-B|---C-|-----A-BB--|-", ["ab", "C", "AC"]);
    expect(hits.map(({ keyword, confidence }) => [keyword, confidence])).toEqual([["ab", 1], ["C", 1], ["ab", 1]]); // prettier-ignore
    // frames 2 to 6, spread by 3 frames of 20 ms as far as there is room
    expect(hits[0]).toMatchObject({ start: 0, end: 0.18 });
    expect(hits[2]).toMatchObject({ start: 0.3, end: 0.5 });
    const early = searchKeywords(emissionsOf("----------A-BB--|-"), ["ab"], {
      vocabulary,
      emissionDelay: 0.03,
    });
    const late = searchKeywords(emissionsOf("----------A-BB--|-"), ["ab"], { vocabulary });
    expect(early[0]!.start).toBeCloseTo(late[0]!.start - 0.03, 6);
    expect(early[0]!.end).toBeCloseTo(late[0]!.end - 0.03, 6);
  });

  it("is less sure of a letter that was another, by the ratio of their probabilities", () => {
    const [hit] = search("--A-C-|--", ["AB"], { threshold: 0.05 });
    expect(hit!.confidence).toBeCloseTo(Math.sqrt(0.025 / 0.9), 5); // one of two letters, against the best
    expect(search("--A-C-|--", ["AB"])).toEqual([]);
  });

  it("is less sure inside a longer word, unless that is wanted", () => {
    const inside = search("|--CABA-|-", ["AB"]);
    expect(inside).toEqual([]);
    expect(search("|--CABA-|-", ["AB"], { threshold: 0.04 })[0]!.confidence).toBeCloseTo(Math.exp(-3), 5); // both ends cost 3 of 2 letters
    expect(search("|--CABA-|-", ["AB"], { wholeWords: false })[0]!.confidence).toBe(1);
    expect(search(`C${"-".repeat(25)}AB${"-".repeat(25)}C`, ["AB"])[0]!.confidence).toBe(1); // pauses part words
    expect(search("AB", ["AB"])[0]!.confidence).toBe(1); // ends of the recording too
  });

  it("spells several words with the delimiter, double letters with a blank between", () => {
    expect(search("-A-B-|-C-", ["AB C"])[0]!.confidence).toBe(1);
    expect(search("-A-A--", ["AA"])[0]!.confidence).toBe(1);
    expect(search("-AAA--", ["AA"])).toEqual([]);
  });

  it("finds the best path that trying all of them finds", () => {
    const random = seededRandom(3);
    const [frames, symbols] = [6, 5];
    for (let round = 0; round < 20; round++) {
      const data = Float32Array.from({ length: frames * symbols }, () => Math.log(random() + 1e-3));
      const rows = { data, frames, symbols };
      const spelling = [2, round % 2 ? 2 : 3];
      const best = bestSymbols(rows);
      const costs = { begins: new Float32Array(frames + 1), ends: new Float32Array(frames + 1) };
      const [found] = scoreSpellings(rows, [spelling], [-Infinity], { best, costs, blank: 0 });
      let most = -Infinity;
      for (let code = 0; code < symbols ** frames; code++) {
        const path = Array.from({ length: frames }, (_, t) => Math.floor(code / symbols ** t) % symbols);
        for (let start = 0; start < frames; start++)
          for (let end = start + 1; end <= frames; end++) {
            const part = path.slice(start, end);
            const said = part.filter((s, i) => s !== 0 && s !== part[i - 1]);
            if (part[0] !== spelling[0] || part.at(-1) !== spelling[1] || said.join() !== spelling.join())
              continue;
            most = Math.max(most, part.reduce((sum, s, i) => sum + data[(start + i) * symbols + s]! - best.logProbs[start + i]!, 0)); // prettier-ignore
          }
      }
      expect(Math.max(...found!.map(({ logRatio }) => logRatio))).toBeCloseTo(most, 5);
    }
  });

  it.each<[string[], object, string]>([
    [[], {}, "keywords: got none"],
    [["AB", "AB"], {}, '"AB" is given twice'],
    [[" "], {}, 'one is " "; expected a word'],
    [["A7"], {}, `the model's vocabulary cannot spell "A7"; it has - | A B C; write numbers`],
    [["AB"], { threshold: 0 }, "threshold is 0"],
  ])("refuses %j with %j", (keywords, options, message) => {
    expect(() => search("AB", keywords, options)).toThrow(
      expect.objectContaining({ name: "IntentError", message: expect.stringContaining(message) as string }),
    );
  });
});

describe("a keyword spotter", () => {
  const here = (path: string) => fileURLToPath(new URL(`../../../../${path}`, import.meta.url));
  let spotter: KeywordSpotter;
  beforeAll(async () => {
    spotter = await createKeywordSpotter({ model: here("models/en-tiny"), backend: ortBackend({ ort }) });
  });
  afterAll(() => spotter?.dispose());

  it("finds the digits of a recording in order, and none that was not said", async () => {
    const digits = "zero one two three four five six seven eight nine".split(" ");
    const hits = await spotter.search(here("examples/audio/digits.wav"), digits, { threshold: 0.8 });
    expect(hits.map(({ keyword }) => keyword)).toEqual("seven three one eight two four".split(" "));
    hits.slice(1).forEach(({ start }, i) => expect(start).toBeGreaterThan(hits[i]!.start));
  });

  it("fills slots", async () => {
    const numbers = { ones: ["one", "six", "seven"], tens: ["sixty", "seventy"], action: ["enter", "erase"] };
    const { ones, tens, action } = await spotter.slots(here("examples/audio/command.wav"), numbers);
    expect([action?.value, tens?.value, ones?.value]).toEqual(["enter", "sixty", "seven"]);
    expect(action!.end).toBeLessThan(ones!.start);
  });

  it("finds the same in a long recording, window by window, at its time", async () => {
    const { samples } = await readAudio(here("examples/audio/digits.wav"));
    const long = new Float32Array(30 * 16_000);
    long.set(samples, 3 * 16_000);
    long.set(samples, 24 * 16_000);
    const hits = await spotter.search(long, ["eight"], { windowSeconds: 5, contextSeconds: 1 });
    expect(hits.map(({ start }) => Math.round(start))).toEqual([4, 25]); // 1.1 s after each beginning
  });

  it("finds nothing in silence, and refuses too little and what it cannot spell", async () => {
    expect(await spotter.search(new Float32Array(16_000), ["seven"])).toEqual([]);
    expect(await spotter.search(new Float32Array(1600), ["seven"])).toEqual([]);
    await expect(spotter.search(new Float32Array(300), ["seven"])).rejects.toThrow("has 300 samples");
    await expect(spotter.search(new Float32Array(1600), ["7"])).rejects.toThrow('cannot spell "7"');
    await expect(spotter.slots(new Float32Array(1600), { size: [] })).rejects.toThrow('"size" has no values');
    await expect(spotter.slots(new Float32Array(1600), {})).rejects.toThrow("slots: got none");
  });
});
