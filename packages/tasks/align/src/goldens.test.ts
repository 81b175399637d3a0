// Reference texts over reference log-probabilities: the same symbols, and the best path's total by an independent program.
import { readFileSync } from "node:fs";
import { openLocalFile, readSafetensors } from "@wav2vec/checkpoints";
import { createVocabulary } from "@wav2vec/decoders";
import { hasGoldens, SHARED } from "@wav2vec/testkit";
import { describe, expect, it } from "vitest";
import { alignEmissions, prepareText } from "./index.js";
import { layOutText } from "./lay-out-text.js";

interface Reference {
  readonly vocab: readonly string[];
  readonly items: Readonly<
    Record<
      string,
      { readonly text: string; readonly targets: readonly number[]; readonly best_path_of_targets: number }
    >
  >;
}

describe.skipIf(!hasGoldens)("reference emissions", () => {
  it.each(["emissions", "model"])("of %s give the reference's targets and best totals", async (set) => {
    const base = `${SHARED}/reference/decoding/emissions/${set}`;
    const { vocab, items } = JSON.parse(readFileSync(`${base}.json`, "utf8")) as Reference; // the reference's own file
    const vocabulary = createVocabulary(Object.fromEntries(vocab.map((token, id) => [token, id])));
    const file = await openLocalFile(`${base}.safetensors`);
    const { tensors } = await readSafetensors(file);
    const delimiter = vocab.indexOf("|");
    let compared = 0;
    for (const [name, { text, targets, best_path_of_targets: best }] of Object.entries(items)) {
      const layout = layOutText(await prepareText(text, vocabulary), vocabulary);
      // Some of the reference's targets end in a delimiter, which no text has.
      const withoutLast = targets.at(-1) === delimiter ? targets.slice(0, -1) : targets;
      expect(layout.targets).toEqual(withoutLast);
      if (withoutLast.length < targets.length) continue;
      const { data, frames, symbols } = await read(tensors.get(name)!); // both files have the same names
      const { score, segments } = await alignEmissions({ data, frames, symbols }, text, { vocabulary });
      expect(Math.abs(score - best)).toBeLessThanOrEqual(1e-6 * Math.abs(best));
      expect(segments[0]!.words.map((word) => word.text).join(" ")).toBe(text.trim());
      compared++;
    }
    await file.close();
    expect(compared).toBeGreaterThan(3);
  });
});

async function read(handle: { readonly shape: readonly number[]; read(): Promise<Float32Array> }) {
  const [frames, symbols] = handle.shape as [number, number];
  return { data: await handle.read(), frames, symbols };
}
