import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeWav } from "@wav2vec/audio";
import { openLocalFile, readSafetensors } from "@wav2vec/checkpoints";
import { expectClose, hasGoldens, openGolden, SHARED } from "@wav2vec/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { run } from "./run-in-process.js";

const root = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const command = root("examples/audio/command.wav");
const digits = root("examples/audio/digits.wav");

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "wav2vec-cli-"));
});
afterAll(() => rmSync(folder, { recursive: true }));
let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(folder, "test-"));
});

describe("transcribe", () => {
  it("prints the text of one recording alone", async () => {
    expect(await run("transcribe", command)).toEqual({ code: 0, out: "ENTER SIXTY SEVEN\n", err: "" });
  });

  it("prints one JSON object for one recording", async () => {
    const { code, out } = await run("transcribe", command, "--format", "json");
    const result = JSON.parse(out) as {
      text: string;
      segments: { words: { text: string; characters: unknown[] }[] }[];
    };
    expect([code, result.text]).toEqual([0, "ENTER SIXTY SEVEN"]);
    expect(Object.keys(result)).toEqual(["text", "segments"]);
    expect(result.segments[0]!.words[0]).toMatchObject({
      text: "ENTER",
      start: expect.any(Number) as number,
      confidence: expect.any(Number) as number,
    });
    expect(result.segments[0]!.words[0]!.characters).toHaveLength(5);
  });

  it("prints JSON Lines for several, and reports the one that cannot be read", async () => {
    const { code, out, err } = await run("transcribe", command, "missing.wav", digits, "--format", "json");
    const lines = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { file: string; text: string });
    expect(code).toBe(1);
    expect(lines.map(({ file, text }) => [file, text])).toEqual([
      [command, "ENTER SIXTY SEVEN"],
      [digits, "SEVEN THREE ONE EIGHT TWO FOUR"],
    ]);
    expect(err.trim().split("\n")).toHaveLength(1);
    expect(err).toContain("missing.wav");
  });

  it("reads folders and globs, and names each text", async () => {
    for (const argument of [root("examples/audio"), root("examples/audio/*.wav")]) {
      const { code, out } = await run("transcribe", argument);
      expect(code).toBe(0);
      expect(
        out
          .trim()
          .split("\n")
          .map((line) => line.split("\t")[1]),
      ).toEqual(["ENTER SIXTY SEVEN", "SEVEN THREE ONE EIGHT TWO FOUR", "P I T T S B U R G H"]);
    }
  });

  it.each([
    ["text", "command.txt", /^ENTER SIXTY SEVEN\n$/],
    ["json", "command.json", /"text": "ENTER SIXTY SEVEN"/],
    ["srt", "command.srt", /^1\n00:00:00,\d{3} --> 00:00:01,\d{3}\nENTER SIXTY SEVEN\n/],
    ["vtt", "command.vtt", /^WEBVTT\n/],
    ["textgrid", "command.TextGrid", /^File type = "ooTextFile"/],
    ["ctm", "command.ctm", /^command 1 0\.\d{3} 0\.\d{3} ENTER 0\.\d{4}\n/],
  ])("writes %s to a folder as %s", async (format, name, content) => {
    const out = join(scratch, "results");
    expect((await run("transcribe", command, digits, "--format", format, "--out", out)).code).toBe(0);
    expect(readdirSync(out).sort()).toEqual([name, name.replace("command", "digits")].sort());
    expect(readFileSync(join(out, name), "utf8")).toMatch(content);
  });

  it("agrees on every backend and batch size", async () => {
    const { out } = await run("transcribe", command, "--backend", "reference");
    expect(out).toBe("ENTER SIXTY SEVEN\n");
    expect((await run("transcribe", command, digits, "--batch-size", "2")).out).toContain(
      "\tENTER SIXTY SEVEN\n",
    );
  });
});

describe("bad input gets one line that says what and what to do, and leaves nothing behind", () => {
  const file = (name: string, bytes: Uint8Array | string) => {
    const path = join(scratch, name);
    writeFileSync(path, bytes);
    return path;
  };
  const wavHeader = () => Buffer.from(writeWav(new Float32Array(8000)));
  const cases: [string, () => string[], RegExp, number?][] = [
    ["an empty file", () => [file("a.wav", "")], /a\.wav.* is empty/],
    ["a text file", () => [file("a.wav", "these are words, not audio\n")], /a\.wav.*not/],
    ["a truncated header", () => [file("a.wav", wavHeader().subarray(0, 30))], /a\.wav/],
    ["0 samples", () => [file("a.wav", writeWav(new Float32Array(0)))], /a\.wav/],
    [
      "399 samples",
      () => [file("a.wav", writeWav(new Float32Array(399)))],
      /has 399 samples at 16 kHz; expected at least 400/,
    ],
    ["a folder without recordings", () => [scratch], /holds no recordings/, 2],
    ["an unknown option", () => [command, "--beams", "3"], /unknown option '--beams'/, 2],
    ["an unknown format", () => [command, "--format", "docx"], /Allowed choices are text, json/, 2],
    [
      "a batch size of 0",
      () => [command, "--batch-size", "0"],
      /--batch-size: got "0"; expected a whole number of at least 1/,
      2,
    ],
    ["a model that does not exist", () => [command, "--model", "./nothing/here"], /\.\/nothing\/here/],
    ["an --out that is a file", () => [command, "--out", file("taken", "x")], /--out: cannot write to/, 2],
    [
      "two recordings with one name",
      () => [command, `${command}`, "--out", join(scratch, "o")],
      /would both be written to/,
      2,
    ],
    [
      "cuda without its libraries",
      () => [command, "--backend", "ort:cuda"],
      /ONNXRUNTIME_NODE_INSTALL=cuda12/,
    ],
  ];
  it.each(cases)("%s", async (_name, args, message, expected = 1) => {
    const { code, out, err } = await run("transcribe", ...args());
    expect(err).toMatch(message);
    expect({ code, out }).toEqual({ code: expected, out: "" });
    expect(readdirSync(scratch).filter((name) => name.includes("partial"))).toEqual([]);
  });

  it("NaN samples", async () => {
    const bytes = wavHeader();
    const floats = Buffer.alloc(44 + 4 * 800);
    bytes.copy(floats, 0, 0, 44);
    floats.writeUInt32LE(36 + 3200, 4);
    floats.writeUInt16LE(3, 20); // IEEE float
    floats.writeUInt32LE(64_000, 28);
    floats.writeUInt16LE(4, 32);
    floats.writeUInt16LE(32, 34);
    floats.writeUInt32LE(3200, 40);
    floats.writeFloatLE(NaN, 44 + 4 * 700);
    const { code, err } = await run("transcribe", file("nan.wav", floats));
    expect(code).toBe(1);
    expect(err).toMatch(/NaN/);
  });

  it("a header that claims 10 GB", async () => {
    const bytes = Buffer.from(wavHeader());
    bytes.writeUInt32LE(0xfffffff0, 4);
    bytes.writeUInt32LE(0xffffff00, 40);
    const before = process.memoryUsage().rss;
    await run("transcribe", file("lie.wav", bytes));
    expect(process.memoryUsage().rss - before).toBeLessThan(500e6);
  });

  it.each(["a vocabulary that does not match the head", "missing weights"])("%s", async (kind) => {
    const model = join(scratch, "model");
    await cp(root("models/en-tiny"), model, { recursive: true });
    if (kind === "missing weights") rmSync(join(model, "model.safetensors"));
    else {
      const vocabulary = JSON.parse(readFileSync(join(model, "vocab.json"), "utf8")) as Record<
        string,
        number
      >;
      delete vocabulary["Z"];
      writeFileSync(join(model, "vocab.json"), JSON.stringify(vocabulary));
    }
    const { code, err } = await run("transcribe", command, "--model", model);
    expect(code).toBe(1);
    expect(err).toMatch(
      kind === "missing weights"
        ? /no weights|no .*safetensors/i
        : /vocabulary has \d+ symbols, the head 32 outputs/,
    );
    expect(err.trim().split("\n")).toHaveLength(1);
  });
});

describe("features", () => {
  it.skipIf(!hasGoldens).each(["wav2vec2-base-ctc", "wav2vec2-lv60-ctc"])(
    "writes the hidden states of %s",
    async (model) => {
      const golden = await openGolden(model);
      const { data } = await (await openGolden("audio")).tensor("clip0");
      // 32-bit float WAV, so that the samples stay what they are
      const wav = Buffer.alloc(44 + data.length * 4);
      Buffer.from(writeWav(new Float32Array(1))).copy(wav, 0, 0, 44);
      wav.writeUInt32LE(36 + data.length * 4, 4);
      wav.writeUInt16LE(3, 20);
      wav.writeUInt32LE(64_000, 28);
      wav.writeUInt16LE(4, 32);
      wav.writeUInt16LE(32, 34);
      wav.writeUInt32LE(data.length * 4, 40);
      data.forEach((x, i) => wav.writeFloatLE(x, 44 + 4 * i));
      const [recording, out] = [join(scratch, "clip0.wav"), join(scratch, "clip0.safetensors")];
      writeFileSync(recording, wav);
      expect(
        await run("features", recording, "--model", `${SHARED}/reference/models/${model}`, "--out", out),
      ).toEqual({ code: 0, out: "", err: "" });
      const file = await openLocalFile(out);
      const { tensors } = await readSafetensors(file);
      expect([...tensors.keys()]).toEqual([
        "hidden_states.0",
        "hidden_states.1",
        "hidden_states.2",
        "last_hidden",
        "logits",
      ]);
      for (const [key, handle] of tensors) {
        const expected = await golden.tensor(`clip0.${key.replace("hidden_states", "hidden")}`);
        expect(handle.shape).toEqual(expected.shape);
        expectClose(await handle.read(), expected.data, 2e-4, expected.shape, key);
      }
      await file.close();
    },
  );

  it("refuses an --out that cannot be written, and leaves nothing", async () => {
    mkdirSync(join(scratch, "x"));
    const { code } = await run(
      "features",
      command,
      "--out",
      join(scratch, "no", "such", "folder", "x.safetensors"),
    );
    expect(code).not.toBe(0);
    expect(readdirSync(scratch)).toEqual(["x"]);
  });
});

describe("info and doctor", () => {
  it("describe the model that ships", async () => {
    const { code, out } = await run("info", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      parameters: 5_407_520,
      normalises: true,
      oddities: [],
      architecture: "Wav2Vec2ForCTC (pre-norm)",
    });
    expect((await run("info")).out).toMatch(/vocabulary +32 symbols, blank "<pad>" \(0\), words end at "\|"/);
  });

  it.skipIf(!hasGoldens)("name every oddity", async () => {
    const model = join(scratch, "model");
    await cp(`${SHARED}/reference/models/formats/base-bin-views`, model, { recursive: true });
    const { out } = await run("info", model, "--json");
    expect((JSON.parse(out) as { oddities: string[] }).oddities).toContainEqual(
      expect.stringContaining("extra.same_storage_again"),
    );
  });

  it("check this machine against the reference backend", async () => {
    const { code, out } = await run("doctor");
    expect(out).toMatch(
      /self-check +ort: log-probabilities of one second within \d\.\de-\d of the reference/,
    );
    expect(code).toBe(0);
  });
});

describe("the command line", () => {
  it("prints help and version to standard output", async () => {
    expect((await run("--help")).out).toContain("transcribe");
    expect((await run("--version")).out).toMatch(/^\d+\.\d+\.\d+/);
  });

  it("refuses an unknown command", async () => {
    const { code, err } = await run("transcibe");
    expect(code).toBe(2);
    expect(err).toContain("transcribe");
  });

  it("reads standard input", () => {
    const source = `import { main } from ${JSON.stringify(root("packages/cli/src/main.ts"))}; process.exitCode = await main(["transcribe", "-"]);`;
    const script = join(scratch, "run.mts");
    writeFileSync(script, source);
    const out = execFileSync("npx", ["tsx", "--conditions=@wav2vec/source", script], {
      input: readFileSync(command),
      cwd: root("."),
      stdio: ["pipe", "pipe", "ignore"],
    });
    expect(out.toString()).toBe("ENTER SIXTY SEVEN\n");
  });
});
