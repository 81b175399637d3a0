import { writeWav } from "@wav2vec/audio";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRandom } from "../random.js";
import { epochBatches, orderedBatches } from "./batches.js";
import { openClips } from "./clips.js";
import { countDefects, DEFECTS, type DefectPolicy } from "./defects.js";
import type { Entry } from "./entry.js";
import { framesNeeded } from "../ctc-targets.js";
import { buildVocabulary, spell, writtenText } from "./labels.js";
import { readEntries } from "./read-entries.js";

let folder = "";
const at = (name: string) => join(folder, name);
const tone = (seconds: number) => new Float32Array(16_000 * seconds).map((_, i) => 0.1 * Math.sin(i / 20));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "data-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const sized = (lengths: readonly number[]) => lengths.map((samples) => ({ samples }));

describe("tables of data sets", () => {
  it("reads JSON lines, CSV with quotes and TSV alike, and chooses a split", async () => {
    await writeFile(at("a.jsonl"), '{"file_name":"x.wav","transcription":"say \\"hi\\", now","split":"dev"}\n\n{"file_name":"y.wav","transcription":"no","split":"train"}\n'); // prettier-ignore
    await writeFile(
      at("a.csv"),
      '\uFEFFpath,sentence,split\r\nx.wav,"say ""hi"", now",dev\r\ny.wav,no,train\r\n',
    );
    await writeFile(at("a.tsv"), 'path\tsentence\tsplit\nx.wav\t"say ""hi"", now"\tdev\ny.wav\tno\ttrain');
    for (const name of ["a.jsonl", "a.csv", "a.tsv"]) {
      expect(await readEntries({ path: at(name), split: "dev" })).toMatchObject([
        { path: at("x.wav"), name: "x.wav", text: 'say "hi", now', split: "dev" },
      ]);
    }
    await expect(readEntries({ path: at("a.csv"), split: "test" })).rejects.toThrow(
      /none of split "test"; it has dev, train/,
    );
    await writeFile(at("open.csv"), 'path,text\n"x.wav,no\n');
    await expect(readEntries({ path: at("open.csv") })).rejects.toThrow(
      /quoted cell begins in line 2 and does not end/,
    );
  });

  it("reads fairseq's manifest with words, or letters, and counts lines", async () => {
    await writeFile(at("train.tsv"), `${folder}/audio\na/1.flac\t32000\nb/2.flac\t16000\n`);
    await writeFile(at("train.ltr"), "H I | Y O U |\nN O |\n");
    const expected = [
      { path: at("audio/a/1.flac"), name: "a/1.flac", text: "HI YOU" },
      { path: at("audio/b/2.flac"), name: "b/2.flac", text: "NO" },
    ];
    expect(await readEntries({ path: at("train.tsv") })).toEqual(expected);
    await writeFile(at("train.wrd"), "HI YOU\n");
    await expect(readEntries({ path: at("train.tsv") })).rejects.toThrow(
      /train\.wrd: has 1 lines, .* names 2 recordings/,
    );
  });

  it("lists a folder without a table, the folder of each recording as its label", async () => {
    await mkdir(at("plain/yes"), { recursive: true });
    for (const name of ["plain/yes/b.wav", "plain/a.FLAC", "plain/notes.txt"]) await writeFile(at(name), "");
    const entries = await readEntries({ path: at("plain") });
    expect(entries.map(({ name, label }) => [name, label])).toEqual([["a.FLAC", undefined], ["yes/b.wav", "yes"]]); // prettier-ignore
  });
});

describe("labels", () => {
  it("builds a vocabulary from what is written, and spells with it", () => {
    const rules = { case: "upper", remove: ".," } as const;
    const tokens = buildVocabulary(["Ah, Zoë.", "a  b"], rules);
    expect(tokens).toEqual(["<pad>", "<s>", "</s>", "<unk>", "|", "A", "B", "H", "O", "Z", "Ë"]);
    const ids = new Map(tokens.map((token, id) => [token, id]));
    expect(writtenText(" Ah,\tzoe\u0308. ", rules)).toBe("AH ZOË");
    expect([...spell("AH B", ids).labels!]).toEqual([5, 7, 4, 6]);
    expect(spell("AQ?", ids).unknown).toEqual(["Q", "?"]);
    expect(framesNeeded([1, 1, 2, 2, 2])).toBe(8);
  });
});

describe("batches", () => {
  const lengths = Array.from({ length: 200 }, (_, i) => 1000 + ((i * 7919) % 9000));

  it("hold every clip once, within the budget, in an order that the seed decides", () => {
    const of = (seed: number) => epochBatches(sized(lengths), { seconds: 2.5, clips: 12 }, createRandom(seed)).map((batch) => [...batch]); // prettier-ignore
    const batches = of(1);
    expect(batches.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, i) => i));
    for (const batch of batches) {
      expect(batch.length * Math.max(...batch.map((i) => lengths[i]!))).toBeLessThanOrEqual(40_000);
      expect(batch.length).toBeLessThanOrEqual(12);
    }
    expect(of(1)).toEqual(batches);
    expect(of(2)).not.toEqual(batches);
    const padded = batches.reduce(
      (sum, batch) => sum + batch.length * Math.max(...batch.map((i) => lengths[i]!)),
      0,
    );
    expect(padded / lengths.reduce((a, b) => a + b)).toBeLessThan(1.25);
  });

  it("are of a multiple of the replicas' count, but for the last and for those too small", () => {
    const clips = sized(Array.from({ length: 53 }, (_, i) => 16_000 + 800 * i)); // 1 s to 3.6 s
    for (const replicas of [2, 3]) {
      const batches = orderedBatches(clips, { seconds: 12, replicas });
      const counts = batches.map(({ length }) => length);
      expect(counts.slice(0, -1).every((count) => count % replicas === 0)).toBe(true);
      expect(batches.flatMap((batch) => [...batch])).toEqual(Array.from({ length: 53 }, (_, i) => i));
      for (const batch of batches) expect(batch.length * clips[batch.at(-1)!]!.samples).toBeLessThanOrEqual(12 * 16_000); // prettier-ignore
    }
    const countsOf = (seconds: readonly number[], options: { clips?: number }) =>
      orderedBatches(sized(seconds.map((x) => 16_000 * x)), { seconds: 20, replicas: 2, ...options }).map(({ length }) => length); // prettier-ignore
    expect(countsOf([1, 1, 1, 1, 1], { clips: 3 })).toEqual([2, 3]);
    expect(countsOf([5, 5, 5, 11, 11, 21], {})).toEqual([2, 1, 1, 1, 1]); // the third clip does not fit beside the fourth
  });

  it("give a clip beyond the budget a batch of its own", () => {
    expect(orderedBatches(sized([10, 500, 20]), { seconds: 40 / 16_000 }).map((batch) => [...batch])).toEqual(
      [[0, 2], [1]],
    );
  });
});

describe("bad data", () => {
  const skip = Object.fromEntries(DEFECTS.map((kind) => [kind, "skip"])) as DefectPolicy;
  const requirements = {
    spelling: { ids: new Map([["A", 1], ["|", 0]]), rules: {} }, // prettier-ignore
    lack: ({ label }: Entry) => (label === "" ? "its label is empty" : undefined),
    framesOf: (samples: number) => Math.floor(samples / 320),
    minSamples: 3200,
    maxSamples: 32_000,
    defects: skip,
    cacheBytes: 70_000,
  };

  async function entries(): Promise<Entry[]> {
    await writeFile(at("good.wav"), writeWav(tone(1)));
    await writeFile(at("short.wav"), writeWav(tone(0.1)));
    await writeFile(at("long.wav"), writeWav(tone(3)));
    await writeFile(at("broken.wav"), "RIFF no more of it");
    const entry = (name: string, text: string): Entry => ({ path: at(name), name, text });
    return [
      entry("gone.wav", "A"),
      entry("broken.wav", "A"),
      entry("good.wav", " "),
      entry("good.wav", "AB"),
      entry("good.wav", "A".repeat(40)),
      { ...entry("good.wav", "A"), label: "" },
      entry("short.wav", "A"),
      entry("long.wav", "A"),
      entry("good.wav", "A A"),
      entry("good.wav", "A"),
    ];
  }

  it("is named, counted and left out", async () => {
    const named: string[] = [];
    const { clips, defects, load } = await openClips(await entries(), { ...requirements, onDefect: ({ name, kind }) => named.push(`${name} ${kind}`) }); // prettier-ignore
    expect(countDefects(defects)).toEqual(Object.fromEntries(DEFECTS.map((kind) => [kind, 1])));
    expect(named).toContain("gone.wav missing-file");
    expect(defects.find(({ kind }) => kind === "too-many-labels")!.detail).toBe(
      "40 labels need 79 frames; 1.00 s give 50",
    );
    expect(clips.map(({ text, labels }) => [text, ...labels])).toEqual([["A A", 1, 0, 1], ["A", 1]]); // prettier-ignore
    // The second does not fit into the cache and is decoded again.
    expect(await load(1)).toEqual(await load(0));
  });

  it("comes as often as it is to be repeated, and is read once", async () => {
    await writeFile(at("good.wav"), writeWav(tone(1)));
    await writeFile(at("list.jsonl"), JSON.stringify({ file_name: "good.wav", transcription: "A" }));
    const once = await readEntries({ path: at("list.jsonl") });
    const often = await readEntries({ path: at("list.jsonl"), repeat: 3 });
    const seen: number[] = [];
    const opened = await openClips([...often, ...once], {
      ...requirements,
      onProgress: (_, total) => seen.push(total),
    });
    expect(opened.clips.map(({ name }) => name)).toEqual(Array(4).fill("good.wav"));
    expect(seen).toEqual([2, 2]);
    expect(await opened.load(2)).toEqual(await opened.load(0));
  });

  it.each(DEFECTS)("stops at %s where that is asked for", async (kind) => {
    const defects = { ...skip, [kind]: "stop" } as DefectPolicy;
    await expect(openClips(await entries(), { ...requirements, defects })).rejects.toThrow(`${kind}: `);
  });
});
