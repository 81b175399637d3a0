// ARPA and KenLM binary models against KenLM: scores, matched lengths, histories, and what is refused.
import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { readCases, textFolder } from "../ctc/reference-cases.js";
import { hasReference, referenceFolder } from "../reference-tensors.js";
import { parseArpa, readArpa } from "./arpa.js";
import { writeArpa } from "./arpa-write.js";
import { openKenlm } from "./kenlm-model.js";
import { scoreSentence, type NgramModel } from "./model.js";
import { openNgrams, writeNgrams } from "./ngram-file.js";
import { openLanguageModel } from "./open-model.js";

/** KenLM adds float32 values. */
const SCORE = 1e-5;
type WordScore = [number, number, boolean | 0 | 1];
interface Scored {
  verdict?: string;
  where: string;
  file: string;
  sentences: { text: string; full: Record<string, WordScore[]> }[];
  states: { start: "bos" | "null"; words: string[]; base: number[]; state: number }[];
}
interface Odd {
  kind: "arpa" | "binary";
  text?: string;
  base64?: string;
  source?: string;
  keep_bytes?: number;
  append_zeros?: number;
  patch?: [number, number][];
  verdict: string;
  scores?: WordScore[];
}

const bytesOf = (pieces: Iterable<Uint8Array>) => new Uint8Array(Buffer.concat([...pieces]));
function expectScores(model: NgramModel, text: string, key: string, expected: WordScore[], name: string) {
  const { words } = scoreSentence(model, text, { bos: key.includes("bos1"), eos: key.includes("eos1") });
  expect(words, name).toHaveLength(expected.length);
  expected.forEach(([score, length, isUnknown], i) => {
    expect(Math.abs(words[i]!.score - score), `${name}: ${text}`).toBeLessThan(SCORE);
    expect([words[i]!.length, words[i]!.isUnknown]).toEqual([length, Boolean(isUnknown)]);
  });
}

describe.skipIf(!hasReference)("n-gram models against KenLM (needs ../shared)", () => {
  it("score every sentence of every ARPA file alike, also after a walk through our own file and through ARPA", () => {
    for (const file of readdirSync(`${referenceFolder}/lm/scores`)) {
      const { verdict, where, file: source, sentences, states } = readCases<Scored>(`lm/scores/${file}`);
      if (verdict === "refused") continue;
      const read = parseArpa(
        readFileSync(`${where === "lm" ? `${referenceFolder}/lm` : textFolder}/${source}`),
      );
      const mapped = openNgrams(bytesOf(writeNgrams(read)));
      for (const model of [read, mapped, parseArpa(bytesOf(writeArpa(read)))]) {
        for (const { text, full } of sentences)
          for (const key of Object.keys(full)) expectScores(model, text, key, full[key]!, source);
      }
      const found = new Map<number, Set<number>>();
      for (const { start, words, base, state } of states) {
        let history = start === "bos" ? read.beginState : read.emptyState;
        [...words, "</s>"].forEach((word, i) => {
          const score = read.score(history, word === "</s>" ? read.endWord : read.indexOf(word));
          expect(Math.abs(score - base[i]!)).toBeLessThan(SCORE);
          if (i < words.length) history = read.nextState;
        });
        found.set(state, (found.get(state) ?? new Set()).add(history));
      }
      // equal where KenLM's are equal; and different where they differ, but for the unknown word of a file without <unk>,
      // after which KenLM keeps a history that changes nothing
      for (const histories of found.values()) expect(histories.size, source).toBe(1);
      if (!source.includes("nounk"))
        expect(new Set([...found.values()].map((histories) => [...histories][0])).size, source).toBe(
          found.size,
        );
    }
  });

  it("score KenLM binaries alike, in memory and read at offsets", () => {
    interface Binary {
      refused?: string;
      sentences: { text: string; full: WordScore[] }[];
    }
    for (const [name, { refused, sentences }] of Object.entries(
      readCases<Record<string, Binary>>("lm/binary.json"),
    )) {
      if (refused !== undefined) continue;
      const path = `${referenceFolder}/lm/bin/${name}`;
      const bytes = new Uint8Array(readFileSync(path));
      const handle = openSync(path, "r");
      const read = (offset: number, length: number) => {
        const piece = new Uint8Array(length);
        return piece.subarray(0, readSync(handle, piece, 0, length, offset));
      };
      const [whole, lazy] = [
        openKenlm(bytes),
        openKenlm({ size: bytes.length, read }, { cacheBytes: 1 << 17 }),
      ];
      for (const { text, full } of sentences)
        for (const model of [whole, lazy]) expectScores(model, text, "bos1eos1", full, name);
      const word = whole.wordOf(3);
      if (name.includes("novocab")) expect(word).toBeUndefined();
      else expect([whole.indexOf(word!), lazy.wordOf(3)]).toEqual([3, word]);
      closeSync(handle);
    }
  });

  it("refuse damaged binaries, and damaged word lists when words are asked for", () => {
    for (const [name, odd] of Object.entries(readCases<Record<string, Odd>>("lm/odd.json"))) {
      if (odd.kind !== "binary") continue;
      let bytes = new Uint8Array(readFileSync(`${referenceFolder}/lm/${odd.source}`));
      if (odd.keep_bytes !== undefined) bytes = bytes.slice(0, odd.keep_bytes);
      if (odd.append_zeros !== undefined) bytes = bytesOf([bytes, new Uint8Array(odd.append_zeros)]);
      for (const [offset, value] of odd.patch ?? []) bytes[offset] = value;
      if (odd.verdict === "refused") {
        expect(() => openKenlm(bytes), name).toThrow(/kenlm: .*; /);
        continue;
      }
      const model = openKenlm(bytes);
      expectScores(model, "looking on a little", "bos1eos1", odd.scores!, name);
      if (name.includes("truncated")) expect(() => model.wordOf(3)).toThrow(/list of words at the end/);
    }
  });

  it("take and refuse odd ARPA files as KenLM does, with the exceptions of the README", async () => {
    const exceptions: Record<string, "accepted" | RegExp> = {
      spaces_for_tabs: "accepted",
      bom: "accepted",
      unigram_only: "accepted",
      duplicate_bigram: /line 16: "b a": it is listed twice/,
      non_utf8: /line 9: the word is not UTF-8/,
    };
    for (const [name, odd] of Object.entries(readCases<Record<string, Odd>>("lm/odd.json"))) {
      if (odd.kind !== "arpa") continue;
      const bytes = new Uint8Array(
        odd.text === undefined ? Buffer.from(odd.base64!, "base64") : Buffer.from(odd.text),
      );
      const expected =
        exceptions[name] ?? (odd.verdict === "accepted" ? "accepted" : /arpa: line \d+: .*(expected|;)/);
      if (expected === "accepted") {
        const model = await openLanguageModel(bytes);
        if (odd.verdict !== "accepted") continue;
        expectScores(model, "a b a a b q a b a", "bos1eos1", odd.scores!, name);
        expect(model.warnings.length > 0, name).toBe(name === "no_unk");
      } else await expect(openLanguageModel(bytes), name).rejects.toThrow(expected);
    }
  });

  it("read ARPA files in pieces of any size, compressed or not", async () => {
    const bytes = new Uint8Array(readFileSync(`${referenceFolder}/lm/small.arpa`));
    const packed = new Uint8Array(readFileSync(`${referenceFolder}/lm/estimate_pruned3.arpa.gz`));
    const pieces = (all: Uint8Array, size: number) =>
      Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.subarray(i * size, (i + 1) * size));
    const whole = parseArpa(bytes);
    for (const size of [1, 7, 4096]) {
      const { tables, words } = (await readArpa(pieces(bytes, size))).arrays;
      expect(tables).toEqual(whole.arrays.tables);
      expect(words.bytes).toEqual(whole.arrays.words.bytes);
    }
    expect((await readArpa(pieces(packed, 1000))).arrays.tables).toEqual(
      parseArpa(new Uint8Array(gunzipSync(packed))).arrays.tables,
    );
    await expect(readArpa([packed.subarray(0, 5000)])).rejects.toThrow(/gzip: the data is damaged/);
  });
});
