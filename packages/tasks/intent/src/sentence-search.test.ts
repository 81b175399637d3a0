import { fileURLToPath } from "node:url";
import { ortBackend } from "@wav2vec/backend-ort";
import type { Vocabulary } from "@wav2vec/decoders";
import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { sentencesOf, type Grammar } from "./grammar.js";
import { createKeywordSpotter } from "./keyword-spotter.js";
import { searchSentence } from "./sentence-search.js";

const texts = (grammar: Grammar) => sentencesOf(grammar).map(({ words }) => words.join(" "));

describe("a grammar", () => {
  it("says optional parts, alternatives and slots, within each other", () => {
    const intents = { order: ["[please] (make|get [me]) a $size tea"], stop: ["stop"] };
    const slots = { size: ["small", "very large"] };
    expect(texts({ intents, slots }).sort()).toEqual(
      ["", "please "].flatMap((start) => ["make", "get", "get me"].flatMap((verb) => ["small", "very large"].map((size) => `${start}${verb} a ${size} tea`))).concat("stop").sort(), // prettier-ignore
    );
    const said = sentencesOf({ intents, slots }).find(({ words }) => words.join(" ") === "please make a very large tea")!; // prettier-ignore
    expect(said).toMatchObject({ intent: "order", slots: [{ slot: "size", value: "very large", from: 3, to: 5 }] }); // prettier-ignore
  });

  it.each<[string, Grammar["slots"], string]>([
    ["turn (on|off", {}, 'ends before ")"'],
    ["turn on]", {}, 'has a "]" that nothing opens'],
    ["turn $place", { room: ["hall"] }, "names $place; expected a slot with values: room"],
    ["turn $place", { place: [] }, "names $place"],
    ["turn $place", { place: [" "] }, "an empty value"],
    ["[turn]", {}, "can be said with no word"],
    ["$a to $a", { a: ["x"] }, "has $a twice in one sentence"],
    ["$a $b $c $d $e", Object.fromEntries([..."abcde"].map((s) => [s, [..."0123456789"]])), "expected at most 20000"], // prettier-ignore
  ])("refuses %j", (template, slots, message) => {
    expect(() => sentencesOf({ intents: { a: [template] }, slots: slots ?? {} })).toThrow(
      expect.objectContaining({ name: "IntentError", message: expect.stringContaining(message) as string }),
    );
  });

  it("refuses to be empty", () => {
    expect(() => sentencesOf({ intents: { a: [] } })).toThrow("has no intents with templates");
  });
});

describe("the sentence of a grammar", () => {
  const vocabulary: Vocabulary = { tokens: ["-", "|", "A", "B", "C"], blank: 0, wordDelimiter: 1 };
  const emissionsOf = (path: string, share = 0.9) => {
    const ids = [...path].map((c) => vocabulary.tokens.indexOf(c));
    const data = ids.flatMap((id) =>
      vocabulary.tokens.map((_, k) => Math.log(k === id ? share : (1 - share) / 4)),
    );
    return { data: Float32Array.from(data), frames: ids.length, symbols: 5 };
  };
  const grammar = { intents: { one: ["a $x"], two: ["b $x"] }, slots: { x: ["ab", "c"] } };

  it("is the likeliest, with the probability among all, times and confidence of its slots", () => {
    const command = searchSentence(emissionsOf("-A-|-A-B-"), grammar, { vocabulary });
    expect(command).toMatchObject({ intent: "one", text: "a ab", confidence: 1 });
    expect(command.slots["x"]).toEqual({ value: "ab", start: 0.1, end: 0.16, confidence: expect.closeTo(0.9, 5) as number }); // prettier-ignore
    expect(command.probability).toBeGreaterThan(0.95);
    expect(command.probability).toBeLessThan(1);
  });

  it("is found where greedy decoding spells no sentence, and is then less sure", () => {
    const command = searchSentence(emissionsOf("-B-|-A-C-"), grammar, { vocabulary });
    expect(command.intent).toBe("two");
    expect(command.confidence).toBeCloseTo((0.025 / 0.9) ** (1 / (command.text === "b ab" ? 4 : 3)), 4); // one letter is wrong
  });

  it("is not found in too little", () => {
    expect(() => searchSentence(emissionsOf("A-"), grammar, { vocabulary })).toThrow("2 frames are too few for any of 4 sentences"); // prettier-ignore
    expect(searchSentence(emissionsOf("B|C"), grammar, { vocabulary }).text).toBe("b c"); // the only one that fits
  });

  it("is the command of a recording", async () => {
    const here = (path: string) => fileURLToPath(new URL(`../../../../${path}`, import.meta.url));
    const spotter = await createKeywordSpotter({
      model: here("models/en-tiny"),
      backend: ortBackend({ ort }),
    });
    const numbers = { tens: ["fifty", "sixty", "seventy"], ones: ["one", "six", "seven"] };
    const recording = here("examples/audio/command.wav");
    const intents = { enter: ["(enter|go) $tens [$ones]"], erase: ["erase [that]", "erase $tens $ones"] };
    const { intent, text, slots, probability } = await spotter.command(recording, {
      intents,
      slots: numbers,
    });
    expect([intent, text]).toEqual(["enter", "enter sixty seven"]);
    expect(slots["tens"]!.end).toBeLessThan(slots["ones"]!.start);
    expect(probability).toBeGreaterThan(0.9);
    await expect(spotter.command(recording, { intents: { a: ["50"] } })).rejects.toThrow('cannot spell "50"');
    await expect(spotter.command(new Float32Array(1600), { intents })).rejects.toThrow(/\$tens|too few/);
    spotter.dispose();
  });
});
