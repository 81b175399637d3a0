// `identify-language`, and `transcribe --language auto`, on the reference models.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeWav } from "@wav2vec/audio";
import { hasGoldens, openGolden, SHARED } from "@wav2vec/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "./run-in-process.js";

const MMS = `${SHARED}/reference/models/wav2vec2-mms-adapter`;
const codes = ["deu", "fra", "spa", "cmn", "ita"];

let folder: string;
let identifier: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "wav2vec-languages-"));
  if (!hasGoldens) return;
  identifier = join(folder, "identifier");
  await cp(`${SHARED}/reference/models/wav2vec2-sequence-classification`, identifier, { recursive: true });
  const path = join(identifier, "config.json");
  const config = JSON.parse(await readFile(path, "utf8")) as object;
  rmSync(path);
  writeFileSync(path, JSON.stringify({ ...config, id2label: { ...codes } }));
  const audio = await openGolden("audio");
  for (const clip of ["clip0", "clip1"])
    writeFileSync(join(folder, `${clip}.wav`), writeWav((await audio.tensor(clip)).data));
  writeFileSync(join(folder, "silence.wav"), writeWav(new Float32Array(16_000)));
});
afterAll(() => rmSync(folder, { recursive: true }));

const clip = (i: number) => join(folder, `clip${i}.wav`);

/** Probabilities of the reference, by code. */
async function expected(i: number): Promise<Map<string, number>> {
  const { data } = await (
    await openGolden("wav2vec2-sequence-classification")
  ).tensor(`clip${i}.weighted.logits`);
  const raised = [...data].map(Math.exp);
  const total = raised.reduce((a, b) => a + b);
  return new Map(codes.map((code, k) => [code, raised[k]! / total]));
}

describe.skipIf(!hasGoldens)("identify-language", () => {
  const identify = (...args: string[]) => run("identify-language", "--model", identifier, ...args);

  it("prints the likeliest languages of each recording, and reports what it cannot judge", async () => {
    const { code, out, err } = await identify(clip(0), join(folder, "silence.wav"), clip(1), "--top", "2");
    expect(code).toBe(1);
    expect(err).toContain("silence.wav");
    expect(err).toContain("is silent: no sample is above -80 dB");
    const lines = out.trim().split("\n").map((line) => line.split("\t")); // prettier-ignore
    expect(lines.map(([file]) => file)).toEqual([clip(0), clip(0), clip(1), clip(1)]);
    for (const [at, [, language, name, probability]] of lines.entries()) {
      const ranked = [...(await expected(at < 2 ? 0 : 1))].sort(([, a], [, b]) => b - a);
      expect(language).toBe(ranked[at % 2]![0]);
      expect(Number(probability)).toBeCloseTo(ranked[at % 2]![1], 2); // 16 bits of a WAV file
      expect(name).toMatch(/German|French|Spanish|Mandarin Chinese|Italian/);
    }
  });

  it("restricts to candidates, as JSON", async () => {
    const { code, out } = await identify(clip(0), "--candidates", "fr, Italian", "--format", "json");
    expect(code).toBe(0);
    const { languages } = JSON.parse(out) as { languages: { language: string; probability: number }[] };
    const all = await expected(0);
    const [fra, ita] = [all.get("fra")!, all.get("ita")!];
    expect(languages.find(({ language }) => language === "fra")!.probability).toBeCloseTo(
      fra / (fra + ita),
      2,
    );
    expect(languages).toHaveLength(2);
  });

  it("prints stretches of one language with their times", async () => {
    const { code, out } = await identify(clip(1), "--timeline", "--candidates", "cmn");
    expect([code, out]).toEqual([0, "0.00\t0.88\tcmn\tMandarin Chinese\t1.0000\n"]);
  });

  it.each([
    [["--candidates", "frz"], 1, '"frz" is no language of'],
    [["--candidates", "frz"], 1, "nearest: fra (French)"],
    [["--timeline", "--top", "2"], 2, "--top: a stretch of --timeline has one language"],
  ])("refuses %j", async (args, code, message) => {
    const result = await identify(clip(0), ...args);
    expect(result.code).toBe(code);
    expect(result.err).toContain(message);
  });
});

describe.skipIf(!hasGoldens)("transcribe --language auto", () => {
  const transcribe = (...args: string[]) => run("transcribe", "--model", MMS, ...args);

  it("writes each recording in the language that is identified, and says which", async () => {
    const auto = ["--language", "auto", "--identifier", identifier, "--format", "json", "--batch-size", "2"];
    const { code, out } = await transcribe(clip(0), clip(1), ...auto);
    expect(code).toBe(0);
    const results = out.trim().split("\n").map((line) => JSON.parse(line) as { text: string; languages: { language: string }[] }); // prettier-ignore
    for (const [i, { text, languages }] of results.entries()) {
      const written = [...(await expected(i))].filter(([code]) => ["deu", "fra", "cmn"].includes(code));
      const [best] = written.sort(([, a], [, b]) => b - a)[0]!;
      const language = best === "cmn" ? "cmn-script_simplified" : best;
      expect(languages.map((spoken) => spoken.language)).toEqual([language]);
      expect((await transcribe(clip(i), "--language", language)).out).toBe(`${text}\n`);
    }
  });

  it.each([
    [["--language", "auto"], "name a model that identifies languages with --identifier"],
    [["--identifier", "x"], "--identifier: for --language auto"],
    [["--language-by", "window"], "--language-by: for --language auto"],
    [["--language", "auto", "--identifier", "x", "--hotword", "a"], "--lm, --hotword: of one language"],
  ])("refuses %j", async (args, message) => {
    const { code, err } = await transcribe(clip(0), ...args);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });
});
