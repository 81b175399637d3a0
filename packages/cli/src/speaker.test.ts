// `diarize`, `speaker …`, `classify` and `keywords`, on the reference models and on the one that ships.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeWav } from "@wav2vec/audio";
import { parseRttm } from "@wav2vec/speaker";
import { hasGoldens, openGolden, SHARED } from "@wav2vec/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "./run-in-process.js";

const model = (name: string) => `${SHARED}/reference/models/${name}`;
const shipped = fileURLToPath(new URL("../../../models/en-tiny", import.meta.url));
const example = (name: string) =>
  fileURLToPath(new URL(`../../../examples/audio/${name}.wav`, import.meta.url));

let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "wav2vec-speakers-"));
  writeFileSync(at("short.wav"), writeWav(new Float32Array(300)));
  writeFileSync(at("silence.wav"), writeWav(new Float32Array(16_000)));
  if (!hasGoldens) return;
  const audio = await openGolden("audio");
  for (const i of [0, 1, 2]) {
    const { data } = await audio.tensor(`clip${i}`);
    writeFileSync(at(`clip${i}.wav`), writeWav(data));
    writeFileSync(at(`quiet${i}.wav`), writeWav(data.map((x) => x / 2))); // the same voice, for a model that normalises
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("keywords", () => {
  it("prints where words are said, and goes on after a recording that is too short", async () => {
    const { code, out, err } = await run("keywords", example("digits"), at("short.wav"), "--find", "eight", "two", "nine"); // prettier-ignore
    expect(code).toBe(1);
    expect(err).toContain("short.wav");
    expect(err).toContain("has 300 samples at 16 kHz");
    const lines = out.trim().split("\n").map((line) => line.split("\t")); // prettier-ignore
    expect(lines.map(([file, , , keyword]) => [file, keyword])).toEqual([[example("digits"), "eight"], [example("digits"), "two"]]); // prettier-ignore
    const json = await run("keywords", example("digits"), "--find", "eight", "--format", "json");
    const { keywords } = JSON.parse(json.out) as { keywords: { start: number; end: number }[] };
    expect(keywords[0]!.start).toBeCloseTo(Number(lines[0]![1]), 2);
    expect((await run("keywords", at("silence.wav"), "--find", "eight")).out).toBe("");
  });

  it("says what a model cannot spell", async () => {
    const { code, err } = await run("keywords", example("digits"), "--find", "8");
    expect(code).toBe(1);
    expect(err).toContain('cannot spell "8"');
  });
});

describe("diarize with the model that ships", () => {
  it("writes RTTM, and with --asr whose each word is", async () => {
    const args = [example("digits"), "--model", shipped, "--pooled-layer", "2", "--speakers", "1"];
    const { code, out } = await run("diarize", ...args);
    expect(code).toBe(0);
    const turns = parseRttm(out).get("digits")!;
    expect(new Set(turns.map(({ speaker }) => speaker))).toEqual(new Set(["speaker-1"]));
    const words = await run("diarize", ...args, "--asr", shipped, "--format", "json");
    const { segments } = JSON.parse(words.out) as { segments: { text: string; speaker: string }[] };
    expect(segments.map(({ text }) => text).join(" ")).toBe("SEVEN THREE ONE EIGHT TWO FOUR");
    expect(segments.every(({ speaker }) => speaker === "speaker-1")).toBe(true);
    const text = await run("diarize", ...args, "--asr", shipped, "--format", "text");
    expect(text.out).toMatch(/^\d\.\d\d\t\d\.\d\d\tspeaker-1\tSEVEN /);
  });

  it("asks for what it needs", async () => {
    const diarize = async (...args: string[]) =>
      run("diarize", example("digits"), "--model", shipped, ...args);
    expect((await diarize("--pooled-layer", "2")).err).toContain(
      "expected --speakers COUNT, or --threshold COSINE",
    );
    expect((await diarize("--format", "srt")).err).toContain("srt holds words; add --asr MODEL");
    expect((await diarize("--speakers", "2")).err).toContain('missing: "projector.weight"');
    expect((await diarize("--pooled-layer", "9", "--speakers", "2")).err).toContain("pooledLayer is 9; expected 0 to 6"); // prettier-ignore
    const silent = await run("diarize", at("silence.wav"), "--model", shipped, "--pooled-layer", "2", "--speakers", "2"); // prettier-ignore
    expect(silent).toMatchObject({ code: 0, out: "" });
  });
});

describe.skipIf(!hasGoldens)("speaker", () => {
  const embedder = ["--model", model("wav2vec2-xvector")];

  it("verifies against a threshold or a calibration", async () => {
    const same = await run(
      "speaker",
      "verify",
      at("clip0.wav"),
      at("quiet0.wav"),
      ...embedder,
      "--threshold",
      "0.999",
    );
    expect(same.out).toMatch(/^same\t(1\.0000|0\.9999)\n$/);
    writeFileSync(at("trials.txt"), [0, 1, 2].flatMap((i) => [0, 1, 2].map((j) => `${i === j ? 1 : 0} clip${i}.wav quiet${j}.wav`)).join("\n")); // prettier-ignore
    const measured = await run("speaker", "calibrate", at("trials.txt"), ...embedder, "--out", at("calibration.json"), "--det", at("det.svg")); // prettier-ignore
    expect(measured.out).toContain(
      "trials\t3 of one speaker, 6 of two\nequal error rate\t0.00 % (95 %: 0.00 % to 0.00 %)",
    );
    expect(readFileSync(at("det.svg"), "utf8")).toContain("<title>DET curve</title>");
    const verify = (other: string) => run("speaker", "verify", at("clip0.wav"), at(other), ...embedder, "--calibration", at("calibration.json"), "--format", "json"); // prettier-ignore
    for (const [other, sameSpeaker] of [
      ["quiet0.wav", true],
      ["clip1.wav", false],
    ] as const)
      // prettier-ignore
      expect(JSON.parse((await verify(other)).out)).toMatchObject({ sameSpeaker });
    writeFileSync(at("calibration.json"), readFileSync(at("calibration.json"), "utf8").replace(/"fingerprint": "./, '"fingerprint": "x')); // prettier-ignore
    expect((await verify("quiet0.wav")).err).toContain("expected one model; calibrate again");
    writeFileSync(at("calibration.json"), "{");
    expect((await verify("quiet0.wav")).err).toContain("is no calibration");
    const neither = await run("speaker", "verify", at("clip0.wav"), at("clip1.wav"), ...embedder);
    expect(neither).toMatchObject({ code: 2, err: expect.stringContaining("expected --threshold or --calibration") as string }); // prettier-ignore
    writeFileSync(at("bad.txt"), "1 a.wav\n");
    expect((await run("speaker", "calibrate", at("bad.txt"), ...embedder)).err).toContain(
      'line 1 is "1 a.wav"; expected 1 or 0',
    );
  });

  it("remembers, identifies, lists and forgets voices, and refuses another model's", async () => {
    const store = ["--store", at("voices")];
    for (const i of [0, 1]) expect((await run("speaker", "enrol", `voice ${i}`, at(`clip${i}.wav`), ...store, ...embedder)).code).toBe(0); // prettier-ignore
    expect((await run("speaker", "list", ...store)).out).toBe("voice 0\t1\nvoice 1\t1\n");
    const found = await run("speaker", "identify", at("quiet0.wav"), at("short.wav"), at("quiet1.wav"), ...store, ...embedder); // prettier-ignore
    expect(found.code).toBe(1);
    expect(found.err).toContain("expected at least 5200");
    expect(found.out.split("\n").map((line) => line.split("\t")[1])).toEqual([
      "voice 0",
      "voice 1",
      undefined,
    ]);
    const nobody = await run("speaker", "identify", at("clip2.wav"), ...store, ...embedder, "--threshold", "0.9999", "--format", "json"); // prettier-ignore
    expect(JSON.parse(nobody.out)).toMatchObject({ speaker: null });
    const other = ["--model", model("wav2vec2-lv60-ctc"), "--pooled-layer", "1"];
    expect((await run("speaker", "identify", at("clip2.wav"), ...store, ...other)).err).toContain("got embeddings of two models"); // prettier-ignore
    expect((await run("speaker", "forget", "voice 0", ...store)).code).toBe(0);
    expect((await run("speaker", "forget", "voice 0", ...store)).err).toContain('"voice 0" is not in');
  });

  it("diarizes with a frame-level model, which knows how many speak", async () => {
    const frames = ["--model", model("wav2vec2-frame-classification")];
    const { out } = await run(
      "diarize",
      at("clip0.wav"),
      ...frames,
      "--threshold",
      "0.3",
      "--format",
      "json",
    );
    const { turns } = JSON.parse(out) as { turns: { speaker: string }[] };
    expect(new Set(turns.map(({ speaker }) => speaker)).size).toBeGreaterThan(1);
    expect((await run("diarize", at("clip0.wav"), ...frames, "--speakers", "2")).err).toContain(
      "leave the option out",
    );
  });
});

describe.skipIf(!hasGoldens)("classify", () => {
  const classifier = ["--model", model("wav2vec2-sequence-classification")];

  it("prints the likeliest labels, in one group or several, as a whole or in windows", async () => {
    const { data } = await (
      await openGolden("wav2vec2-sequence-classification")
    ).tensor("clip0.weighted.logits");
    const best = (from: number, to: number) => `label ${data.indexOf(Math.max(...data.subarray(from, to)))}`;
    const whole = await run("classify", at("clip0.wav"), ...classifier, "--top", "2");
    expect(whole.out.split("\n")[0]).toMatch(new RegExp(`^${best(0, 5)}\t0\\.\\d{4}$`));
    expect(whole.out.trim().split("\n")).toHaveLength(2);
    const grouped = await run("classify", at("clip0.wav"), ...classifier, "--groups", "a=2,b=3");
    expect(grouped.out.split("\n").map((line) => line.split("\t").slice(0, 2))).toEqual([["a", best(0, 2)], ["b", best(2, 5)], [""]]); // prettier-ignore
    const windows = await run(
      "classify",
      at("clip0.wav"),
      ...classifier,
      "--window",
      "0.3",
      "--format",
      "json",
    );
    const { segments } = JSON.parse(windows.out) as { segments: { start: number; end: number }[] };
    expect(segments.map(({ start, end }) => [start, end])).toEqual([[0, 0.3], [0.3, 0.6]]); // prettier-ignore
  });

  it.each([
    [["--groups", "a=2"], "add up to its labels", 1],
    [["--groups", "a"], '--groups: got "a"', 2],
    [["--hop", "1"], "--hop: belongs to --window", 2],
  ] as const)("refuses %j", async (args, message, code) => {
    expect(await run("classify", at("clip0.wav"), ...classifier, ...args)).toMatchObject({
      code,
      err: expect.stringContaining(message) as string,
    });
  });
});
