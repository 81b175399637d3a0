// Random damage: a model file is read, or refused with a reason; nothing hangs, crashes or scores nonsense.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseArpa } from "./arpa.js";
import { writeArpa } from "./arpa-write.js";
import { estimateNgrams } from "./estimate.js";
import { openKenlm } from "./kenlm-model.js";
import { LanguageModelError, scoreSentence, type NgramModel } from "./model.js";
import { openNgrams, writeNgrams } from "./ngram-file.js";
import type { NgramTable } from "./ngram-table.js";

const text = ["a b c a", "b a c", "c c a b", "a a b", "b c"];
const bytesOf = (pieces: Iterable<Uint8Array>) => new Uint8Array(Buffer.concat([...pieces]));
const source = await estimateNgrams(text, { order: 3, fallbackDiscounts: true });

/** Changes, inserts, deletes and cuts bytes. */
const damage = (bytes: Uint8Array) =>
  fc
    .array(
      fc.tuple(
        fc.constantFrom("set", "insert", "delete", "cut", "swap lines"),
        fc.nat(bytes.length - 1),
        fc.constantFrom(0, 9, 10, 32, 45, 46, 48, 57, 92, 97, 110, 200, 255),
      ),
      { minLength: 1, maxLength: 4 },
    )
    .map((changes) => {
      let result = [...bytes];
      for (const [kind, place, value] of changes) {
        if (kind === "set") result[place] = value;
        else if (kind === "insert") result.splice(place, 0, value);
        else if (kind === "delete") result.splice(place, 1 + (value % 5));
        else if (kind === "cut") result = result.slice(0, place);
        else result = [...result.slice(place), ...result.slice(0, place)];
      }
      return Uint8Array.from(result, (byte) => byte ?? 0);
    });

function expectSound(open: () => NgramModel) {
  let model: NgramModel;
  try {
    model = open();
  } catch (error) {
    expect(error).toBeInstanceOf(LanguageModelError);
    expect((error as Error).message.length).toBeGreaterThan(20);
    return;
  }
  const { total, words } = scoreSentence(model, "a b c zzz a");
  expect(words).toHaveLength(6);
  expect(total).not.toBeNaN();
}

describe("damaged language models", () => {
  it("are read or refused with a reason: ARPA", () => {
    const bytes = bytesOf(writeArpa(source.model));
    expect(() => parseArpa(bytes)).not.toThrow();
    fc.assert(
      fc.property(damage(bytes), (damaged) => expectSound(() => parseArpa(damaged))),
      { numRuns: 1500, seed: 11 },
    );
  });

  it("are read or refused with a reason: our own files", () => {
    const bytes = bytesOf(writeNgrams(source.model));
    const header = 24 + new DataView(bytes.buffer).getUint32(16, true); // damaged arrays cannot be told from other numbers
    expect(scoreSentence(openNgrams(bytes), "a b c")).toEqual(scoreSentence(source.model, "a b c"));
    fc.assert(
      fc.property(damage(bytes.slice(0, header)), fc.boolean(), (damaged, isCut) =>
        expectSound(() => openNgrams(isCut ? damaged : bytesOf([damaged, bytes.subarray(header)]))),
      ),
      { numRuns: 1000, seed: 12 },
    );
  });

  it("are read or refused with a reason: KenLM headers", () => {
    const bytes = new Uint8Array(4096);
    bytes.set(new TextEncoder().encode("mmap lm http://kheafield.com/code format version 5\n"));
    const view = new DataView(bytes.buffer);
    view.setFloat32(60, 1, true);
    view.setFloat32(64, -0.5, true);
    [68, 80].forEach((at) => view.setUint32(at, 1, true));
    view.setUint32(72, 0xffffffff, true);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 6 }),
        fc.integer({ min: 0, max: 7 }),
        fc.array(fc.nat(60), { minLength: 7, maxLength: 7 }),
        fc.nat(3),
        (kind, order, counts, version) => {
          view.setUint8(88, order);
          view.setFloat32(92, 1.5, true);
          view.setUint32(96, kind, true);
          view.setUint32(104, version, true);
          counts.forEach((count, i) => view.setUint32(108 + 8 * i, count, true));
          expectSound(() => openKenlm(bytes.slice()));
        },
      ),
      { numRuns: 500, seed: 13 },
    );
  });
});

describe("estimated models", () => {
  it("give every history probabilities that add up to one", async () => {
    const sums = (model: NgramTable, state: number) => {
      let sum = 0;
      for (let word = 0; word < model.wordCount; word++)
        if (model.wordOf(word) !== "<s>") sum += 10 ** model.score(state, word);
      return sum;
    };
    const sentences = fc.array(
      fc.array(fc.constantFrom("a", "b", "c", "d", "é"), { maxLength: 7 }).map((words) => words.join(" ")),
      { minLength: 1, maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(
        sentences,
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom([0], [0, 1], [0, 0, 1]),
        async (lines, order, prune) => {
          fc.pre(lines.some((line) => line !== ""));
          const { model } = await estimateNgrams(lines, { order, prune, fallbackDiscounts: true });
          let state = model.beginState;
          for (const word of ["", ...lines[0]!.split(" "), "é", "zzz", "a"]) {
            if (word !== "") {
              model.score(state, model.indexOf(word));
              state = model.nextState;
            }
            expect(sums(model, state)).toBeCloseTo(1, 4);
          }
        },
      ),
      { numRuns: 80, seed: 5 },
    );
  });
});
