// `diarize`, `speaker …`, `classify` and `keywords`, on the reference models and on the one that ships.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeWav } from "@wav2vec/audio";
import { createScoreNorm, createSpeakerEmbedder, parseRttm } from "@wav2vec/speaker";
import { hasGoldens, openGolden, SHARED } from "@wav2vec/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadBackend } from "./backend.js";
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

  describe("with a cohort", () => {
    const others = [220, 440, 880, 1760].map((hertz) => ({ name: `${hertz}.wav`, hertz }));
    const cohort = () => ["--cohort", at("others")];
    const verify = (second: string, ...args: string[]) =>
      run("speaker", "verify", at("clip0.wav"), at(second), ...embedder, ...args);
    const calibrate = (out: string, ...args: string[]) =>
      run("speaker", "calibrate", at("pairs.txt"), ...embedder, "--out", at(out), ...args);
    beforeAll(() => {
      mkdirSync(at("others"));
      for (const { name, hertz } of others)
        writeFileSync(at(`others/${name}`), writeWav(new Float32Array(8000).map((_, k) => 0.3 * Math.sin((hertz * k) / 2000) ** 5))); // prettier-ignore
      writeFileSync(at("pairs.txt"), [0, 1, 2].flatMap((i) => [0, 1, 2].map((j) => `${i === j ? 1 : 0} clip${i}.wav quiet${j}.wav`)).join("\n")); // prettier-ignore
    });

    it("verifies by the scores that the library normalises, of recordings or of a store", async () => {
      const opened = await createSpeakerEmbedder({ model: model("wav2vec2-xvector"), backend: await loadBackend("ort", 1) }); // prettier-ignore
      const embed = (name: string) => opened.embed(at(name));
      const voices = await Promise.all(others.map(({ name }) => embed(`others/${name}`)));
      const [a, b] = [await embed("clip0.wav"), await embed("clip1.wav")];
      opened.dispose();
      for (const top of [2, 4]) {
        const expected = createScoreNorm(voices, { top }).score(a, b);
        const args = [...cohort(), "--cohort-top", String(top), "--threshold", String(expected - 0.01)];
        const { out } = await verify("clip1.wav", ...args, "--format", "json");
        const { score, similarity, sameSpeaker } = JSON.parse(out) as { score: number; similarity: number; sameSpeaker: boolean }; // prettier-ignore
        expect(score).toBeCloseTo(expected, 3);
        expect(Math.abs(score - similarity)).toBeGreaterThan(0.1);
        expect(sameSpeaker).toBe(true);
        expect((await verify("clip1.wav", ...args)).out).toBe(`same\t${score.toFixed(4)}\n`);
      }
      for (const { name } of others)
        await run("speaker", "enrol", name, at(`others/${name}`), "--store", at("cohort"), ...embedder);
      const { out } = await verify("clip1.wav", "--cohort", at("cohort"), "--threshold", "0", "--format", "json"); // prettier-ignore
      expect((JSON.parse(out) as { score: number }).score).toBeCloseTo(
        createScoreNorm(voices).score(a, b),
        3,
      );
    });

    it("decides by a calibration of scores that were normalised alike, and by no other", async () => {
      const measured = await calibrate("normalised.json", ...cohort(), "--cohort-top", "3");
      expect(measured.out).toContain("scores\ts-norm, the nearest 3 of 4 voices\n");
      expect(JSON.parse(readFileSync(at("normalised.json"), "utf8"))).toMatchObject({ scoreNorm: { cohortSize: 4, top: 3 } }); // prettier-ignore
      await calibrate("raw.json");
      const normalised = ["--calibration", at("normalised.json")];
      const alike = [...normalised, ...cohort(), "--cohort-top", "3"];
      expect((await verify("quiet0.wav", ...alike)).out).toMatch(/^same\t/);
      expect((await verify("clip1.wav", ...alike)).out).toMatch(/^different\t/);
      for (const [args, message] of [
        [normalised, "normalised.json: the calibration is of scores normalised by the nearest 3 of 4 voices, and is to judge cosines; expected scores of one kind"], // prettier-ignore
        [[...normalised, ...cohort()], "and is to judge scores normalised by all of 4 voices"],
        [["--calibration", at("raw.json"), ...cohort()], "raw.json: the calibration is of cosines, and is to judge scores normalised by all of 4 voices"], // prettier-ignore
        [["--threshold", "3"], "threshold is 3; expected a cosine from -1 to 1; one of normalised scores needs the cohort"], // prettier-ignore
      ] as const)
        expect(await verify("quiet0.wav", ...args)).toMatchObject({ code: 1, out: "", err: expect.stringContaining(message) as string }); // prettier-ignore
    });

    it("identifies by normalised scores", async () => {
      const store = ["--store", at("known")];
      for (const i of [0, 1]) await run("speaker", "enrol", `voice ${i}`, at(`clip${i}.wav`), ...store, ...embedder); // prettier-ignore
      await calibrate("normalised.json", ...cohort());
      const identify = (...args: string[]) =>
        run("speaker", "identify", at("quiet1.wav"), at("clip2.wav"), ...store, ...embedder, ...args);
      const found = await identify(...cohort(), "--calibration", at("normalised.json"), "--format", "json");
      const [known, nobody] = found.out.trim().split("\n").map((line) => JSON.parse(line) as { speaker: string | null; ranking: { score: number }[] }); // prettier-ignore
      expect([known!.speaker, nobody!.speaker]).toEqual(["voice 1", null]);
      const { out } = await verify("quiet1.wav", ...cohort(), "--threshold", "0", "--format", "json");
      expect(known!.ranking[1]!.score).toBeCloseTo((JSON.parse(out) as { score: number }).score, 3);
      const threshold = ["--threshold", String(known!.ranking[0]!.score - 0.01)];
      expect((await identify(...cohort(), ...threshold)).out).toMatch(
        /\tvoice 1\t.*\n.*\t\(nobody known\)\t/,
      );
      expect(await identify("--calibration", at("normalised.json"))).toMatchObject({ code: 1, err: expect.stringContaining("is to judge cosines") as string }); // prettier-ignore
      expect((await identify("--threshold", "-7")).err).toContain("identify: threshold is -7; expected a cosine"); // prettier-ignore
      expect(await identify("--cohort", at("known"))).toMatchObject({ code: 2, err: expect.stringContaining("--cohort: is the store itself") as string }); // prettier-ignore
    });

    it("refuses cohorts that are none, and says in its help what one is", async () => {
      mkdirSync(at("one"));
      writeFileSync(at("one/voice.wav"), readFileSync(at("clip2.wav")));
      mkdirSync(at("empty"));
      const other = ["--model", model("wav2vec2-lv60-ctc"), "--pooled-layer", "1"];
      await run("speaker", "enrol", "somebody", at("clip2.wav"), "--store", at("foreign"), ...other);
      for (const [args, code, message] of [
        [["--cohort", at("empty")], 2, "holds no recordings"],
        [["--cohort-top", "2"], 2, "--cohort-top: belongs to --cohort"],
        [["--cohort", at("others"), "--cohort-top", "1"], 2, "expected a whole number of at least 2"],
        [["--cohort", at("one")], 1, "the cohort has 1 voices; expected at least two"],
        [["--cohort", at("foreign")], 1, "got embeddings of two models"],
        [["--cohort", at("short.wav")], 1, "expected at least 5200"],
      ] as const)
        expect(await verify("quiet0.wav", "--threshold", "0", ...args)).toMatchObject({ code, err: expect.stringContaining(message) as string }); // prettier-ignore
      for (const name of ["verify", "calibrate", "identify"])
        expect((await run("speaker", name, "--help")).out).toMatch(
          /--cohort <source>\s+normalise scores \(s-norm\)/,
        );
    });
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
