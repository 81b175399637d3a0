// Estimated models against lmplz, in memory and with counts that do not fit there.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { readCases } from "../ctc/reference-cases.js";
import { hasReference, referenceFolder } from "../reference-tensors.js";
import { writeArpa } from "./arpa-write.js";
import { estimateNgrams, type EstimateOptions } from "./estimate.js";
import { perplexity } from "./model.js";
import type { RunStore } from "./ngram-runs.js";
import type { NgramTable } from "./ngram-table.js";
import { linesOf } from "./open-model.js";

/** lmplz computes in float32. */
const VALUE = 1e-5;

interface Golden {
  name?: string;
  order: number;
  options: string[];
  text?: string[];
  refused?: string[];
  statistics: { ngrams: number; before_pruning?: number; D1: number; D2: number; D3: number }[];
  heldout?: {
    perplexity_with_oov: number;
    perplexity_without_oov: number;
    tokens_with_eos: number;
    oov: number;
  };
  arpa?: string;
}

const optionsOf = ({ order, options }: Golden): EstimateOptions => ({
  order,
  fallbackDiscounts: options.includes("--discount_fallback"),
  interpolateUnigrams: !options.includes("--interpolate_unigrams"),
  ...(options.includes("--prune")
    ? { prune: options.slice(options.indexOf("--prune") + 1).map(Number) }
    : {}),
});

const numberOf = (text: string) => (text === "-inf" ? -Infinity : Number(text));

/** N-gram → [probability, back-off] of an ARPA text. */
function entriesOf(text: string): Map<string, number[]> {
  const rows = text.split("\n").filter((line) => line.includes("\t"));
  return new Map(
    rows.map((row) => {
      const [probability, words, backoff] = row.split("\t");
      return [words!, [numberOf(probability!), numberOf(backoff ?? "0")]];
    }),
  );
}

function expectAlike(model: NgramTable, arpa: string, name: string) {
  const [found, expected] = [entriesOf(Buffer.concat([...writeArpa(model)]).toString()), entriesOf(arpa)];
  expect(found.size, name).toBe(expected.size);
  for (const [words, values] of expected) {
    const own = found.get(words);
    values.forEach((value, i) => {
      if (value !== own![i]) expect(Math.abs(own![i]! - value), `${name}: ${words}`).toBeLessThan(VALUE);
    });
  }
}

describe.skipIf(!hasReference)("estimating n-gram models as lmplz does (needs ../shared)", () => {
  const folder = `${referenceFolder}/lm`;
  const { tiny, ...named } = hasReference
    ? readCases<{ tiny: Golden[] } & Record<string, unknown>>("lm/estimate.json")
    : { tiny: [] };
  const train = () => linesOf([new Uint8Array(readFileSync(`${folder}/estimate_train.txt.gz`))]);

  it("gives its discounts, n-grams, probabilities and perplexities", async () => {
    const heldout = readFileSync(`${folder}/estimate_heldout.txt`, "utf8").trimEnd().split("\n");
    for (const [name, expected] of Object.entries(named as Record<string, Golden>)) {
      const { model, orders } = await estimateNgrams(train(), optionsOf(expected));
      expected.statistics.forEach(({ ngrams, before_pruning: seen = ngrams, D1, D2, D3 }, i) => {
        expect([orders[i]!.ngrams, orders[i]!.seen], name).toEqual([ngrams, seen]);
        [D1, D2, D3].forEach((discount, k) =>
          expect(Math.abs(orders[i]!.discounts[k]! - discount)).toBeLessThan(VALUE),
        );
      });
      if (expected.arpa !== undefined)
        expectAlike(model, gunzipSync(readFileSync(`${folder}/${expected.arpa}`)).toString(), name);
      if (expected.heldout === undefined) continue;
      const own = perplexity(model, heldout);
      expect([own.tokens, own.unknown]).toEqual([expected.heldout.tokens_with_eos, expected.heldout.oov]);
      expect(own.perplexity / expected.heldout.perplexity_with_oov).toBeCloseTo(1, 5);
      expect(own.perplexityKnown / expected.heldout.perplexity_without_oov).toBeCloseTo(1, 5);
    }
  });

  it("gives its models of tiny texts, and refuses the texts it refuses", async () => {
    for (const expected of tiny) {
      const name = `${expected.name} ${expected.order} ${expected.options.join(" ")}`;
      const estimate = estimateNgrams(expected.text!, optionsOf(expected));
      if (expected.refused)
        await expect(estimate, name).rejects.toThrow(/too small or has too many repetitions/);
      else expectAlike((await estimate).model, expected.arpa!, name);
    }
  });

  it("gives the same model when counts go to a store", async () => {
    const files = new Map<string, Uint8Array>();
    const store: RunStore = {
      write: (name, bytes) => Promise.resolve(void files.set(name, bytes)),
      async *read(name) {
        const bytes = files.get(name)!;
        for (let at = 0; at < bytes.length; at += 1001)
          yield await Promise.resolve(bytes.subarray(at, at + 1001));
      },
      remove: (name) => Promise.resolve(void files.delete(name)),
    };
    let largest = 0;
    const watched: RunStore = {
      ...store,
      write: (name, bytes) =>
        store.write(name, bytes).then(() => void (largest = Math.max(largest, files.size))),
    };
    const { model } = await estimateNgrams(train(), {
      order: 3,
      prune: [0, 1, 1],
      largestSize: 4000,
      store: watched,
    });
    expect(largest).toBeGreaterThan(5);
    expect(files.size).toBe(0);
    expectAlike(model, gunzipSync(readFileSync(`${folder}/estimate_pruned3.arpa.gz`)).toString(), "stored");
  });
});

describe("estimating n-gram models", () => {
  it("refuses markers in the text, no text, and settings that make no sense", async () => {
    const text = ["a b c", "a </s> b"];
    await expect(estimateNgrams(text, { order: 2 })).rejects.toThrow(
      /line 2: the text holds <\/s>; expected plain words/,
    );
    await expect(estimateNgrams([" ", ""], { order: 2 })).rejects.toThrow(/no words/);
    await expect(estimateNgrams(["a"], { order: 0 })).rejects.toThrow(/order 0; expected 1 to 8/);
    await expect(estimateNgrams(["a"], { order: 3, prune: [0, 2, 1] })).rejects.toThrow(
      /0, 2, 1; expected none below/,
    );
    await expect(estimateNgrams(["a b c d e f"], { order: 2, largestSize: 3 })).rejects.toThrow(
      /more than 3 n-grams.*give a store/,
    );
  });
});
