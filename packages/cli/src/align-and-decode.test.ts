// align and decode, with the model that ships and with log-probabilities from files.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { acousticModel } from "@wav2vec/asr";
import { readAudio } from "@wav2vec/audio";
import { openCheckpoint, writeSafetensors } from "@wav2vec/checkpoints";
import { formats, type Emissions } from "@wav2vec/decoders";
import { hasGoldens, SHARED } from "@wav2vec/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadBackend } from "./backend.js";
import { run } from "./run-in-process.js";

const root = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const command = root("examples/audio/command.wav");
const vocab = root("models/en-tiny/vocab.json");

let folder: string;
const scratch = (name: string) => join(folder, name);
const write = (name: string, content: string | Uint8Array) => {
  writeFileSync(scratch(name), content);
  return scratch(name);
};

/** [frames, symbols] as numpy.save writes float32. */
function npyOf({ data, frames, symbols }: Emissions): Uint8Array {
  const header =
    `{'descr': '<f4', 'fortran_order': False, 'shape': (${frames}, ${symbols}), }`.padEnd(117) + "\n";
  const start = Uint8Array.from([0x93, ...Buffer.from("NUMPY"), 1, 0, 118, 0, ...Buffer.from(header)]);
  return Uint8Array.from([...start, ...new Uint8Array(Float32Array.from(data).buffer)]);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "wav2vec-cli-"));
  const checkpoint = await openCheckpoint(root("models/en-tiny"));
  const model = await acousticModel(checkpoint, await loadBackend("ort", 2));
  const [emissions] = await model.emissions([(await readAudio(command)).samples]);
  const { data, frames, symbols } = emissions!;
  const tensor = { shape: [frames, symbols], data: Float32Array.from(data) };
  await writeSafetensors(scratch("emissions.safetensors"), new Map([["emissions", tensor]]));
  const logits = { shape: [1, frames, symbols], data: tensor.data.map((value) => value + 3) };
  await writeSafetensors(scratch("logits.safetensors"), new Map([["logits", logits]]));
  write("emissions.npy", npyOf(emissions!));
  model.dispose();
  await checkpoint.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("align", () => {
  it("prints timed JSON with scores, or any other format", async () => {
    const { code, out, err } = await run("align", command, "Enter", "sixty-seven!");
    expect([code, err]).toEqual([0, ""]);
    const result = JSON.parse(out) as {
      unspoken: string[];
      segments: { words: { text: string; end: number }[] }[];
    };
    expect(result.unspoken).toEqual([]);
    expect(result.segments[0]!.words.map(({ text }) => text)).toEqual(["Enter", "sixty-seven!"]);
    expect(Math.abs(result.segments[0]!.words[1]!.end - 1.551)).toBeLessThan(0.05); // flite's own time
    const { out: ctm } = await run("align", command, "enter 67", "--language", "en", "--format", "ctm");
    expect(ctm).toMatch(/^command 1 0\.\d{3} 0\.\d{3} enter 0\.\d{4}\ncommand 1 .* 67 /);
    const ours = formats.json.parse!(out);
    expect(ours.text).toBe("Enter sixty-seven!");
  });

  it("takes the text from a file, named either way, and writes to a file", async () => {
    const text = write("text.txt", "ENTER\nSIXTY SEVEN\n");
    const out = scratch("out.srt");
    expect(await run("align", command, text, "--format", "srt", "--out", out)).toEqual({
      code: 0,
      out: "",
      err: "",
    });
    expect(readFileSync(out, "utf8")).toMatch(/^1\n00:00:00,\d+ --> .*\nENTER\n\n2\n/);
    const again = await run("align", command, "--text", text, "--format", "srt");
    expect(again.out).toBe(readFileSync(out, "utf8"));
  });

  it("warns of what it cannot spell, and leaves out what was not said", async () => {
    const { code, out, err } = await run("align", command, "enter ☂ seven", "--format", "text");
    expect([code, out]).toEqual([0, "enter ☂ seven\n"]);
    expect(err).toBe(
      "wav2vec: not in the model's vocabulary, and aligned to whatever is said there: ☂ (1×); write out what is said\n",
    );
    const missing = await run("align", command, "enter sixty five seven", "--may-be-missing", "words");
    expect((JSON.parse(missing.out) as { unspoken: string[] }).unspoken).toEqual(["five"]);
    const extra = await run("align", command, "sixty", "--extra-speech", "--format", "ctm");
    expect(Number(extra.out.split(" ")[2])).toBeGreaterThan(0.5);
  });

  it("aligns log-probabilities from files as it does the recording", async () => {
    const { out } = await run("align", command, "enter sixty seven", "--format", "ctm");
    for (const name of ["emissions.safetensors", "emissions.npy"]) {
      const emissions = ["--emissions", scratch(name), "--vocab", vocab, "--emission-delay", "0.066"];
      const fromFile = await run("align", ...emissions, "enter sixty seven", "--format", "ctm");
      expect(fromFile.err).toBe("");
      expect(fromFile.out.replaceAll("emissions ", "command ")).toBe(out);
    }
  });

  const emissions = () => ["--emissions", scratch("emissions.npy")];
  const refused: [string, () => string[], RegExp, number][] = [
    ["no recording", () => [], /align: no recording/, 2],
    ["no text", () => [command], /align: no text/, 2],
    ["two texts", () => [command, "enter", "--text", "x.txt"], /--text: the text is given twice/, 2],
    ["a text file that is missing", () => [command, "missing.txt"], /missing\.txt/, 1],
    ["punctuation only", () => [command, "--", "—"], /the text has no words/, 1],
    ["too much text", () => [command, "enter ".repeat(99)], /\d+ frames for \d+ symbols/, 1],
    ["a malformed language", () => [command, "enter", "--language", "e_"], /language is "e_"/, 1],
    ["emissions without a vocabulary", () => [...emissions(), "enter"], /--vocab: missing/, 2],
    [
      "a delay of symbols without emissions",
      () => [command, "enter", "--emission-delay", "0.1"],
      /--emission-delay: belongs to --emissions/,
      2,
    ],
    [
      "symbols before their sounds",
      () => [...emissions(), "--vocab", vocab, "enter", "--emission-delay", "-1"],
      /--emission-delay: got "-1"; expected seconds, 0 or more/,
      2,
    ],
    [
      "a vocabulary without emissions",
      () => [command, "enter", "--vocab", vocab],
      /belong to --emissions/,
      2,
    ],
    [
      "logits taken for log-probabilities",
      () => ["--emissions", scratch("logits.safetensors"), "--vocab", vocab, "enter"],
      /frame 0 sum to 20\.1; expected 1.*--logits/,
      2,
    ],
    [
      "a vocabulary of another size",
      () => [...emissions(), "--vocab", write("two.txt", "<pad>\na\n"), "a"],
      /is \[\d+, 32\]; expected \[frames, 2\]/,
      2,
    ],
  ];
  it.each(refused)("refuses %s in one line", async (_name, args, message, expected) => {
    const { code, out, err } = await run("align", ...args());
    expect(err).toMatch(message);
    expect([code, out, err.trim().split("\n")]).toEqual([expected, "", [expect.stringMatching(message)]]);
  });
});

describe("decode", () => {
  it("decodes greedily, with a beam, and logits", async () => {
    const path = scratch("emissions.safetensors");
    const expected = { code: 0, out: "ENTER SIXTY SEVEN\n", err: "" };
    expect(await run("decode", path, "--vocab", vocab)).toEqual(expected);
    expect(await run("decode", path, "--vocab", vocab, "--beam", "20")).toEqual(expected);
    expect(await run("decode", scratch("logits.safetensors"), "--vocab", vocab, "--logits")).toEqual(
      expected,
    );
    const same = (await run("transcribe", command, "--format", "ctm")).out;
    const { out } = await run(
      "decode",
      path,
      "--vocab",
      vocab,
      "--format",
      "ctm",
      "--emission-delay",
      "0.066",
    );
    expect(out.replaceAll("emissions ", "command ")).toBe(same);
  });

  it("lists the best texts, and leans to hotwords in either case", async () => {
    const path = scratch("emissions.npy");
    const { out } = await run("decode", path, "--vocab", vocab, "--nbest", "3");
    const lines = out
      .trim()
      .split("\n")
      .map((line) => line.split("\t"));
    expect(lines.map(([, text]) => text)[0]).toBe("ENTER SIXTY SEVEN");
    expect(lines).toHaveLength(3);
    expect(Number(lines[0]![0])).toBeGreaterThan(Number(lines[1]![0]));
    const biased = await run("decode", path, "--vocab", vocab, "--hotword", "sixteen:25");
    expect(biased.out).toBe("ENTER SIXTEEN SEVEN\n");
    expect((await run("decode", path, "--vocab", vocab, "--hotword", "héllo")).err).toMatch(
      /--hotword: "héllo" cannot be spelled/,
    );
  });

  it.skipIf(!hasGoldens)(
    "uses language models of words and of letters, and refuses other letters",
    async () => {
      const lm = (name: string) => `${SHARED}/reference/decoding/lm/${name}`;
      const path = scratch("emissions.safetensors");
      const words = await run(
        "decode",
        path,
        "--vocab",
        vocab,
        "--lm",
        lm("word3.arpa"),
        "--alpha",
        "0.1",
        "--beta",
        "0",
      );
      expect([words.code, words.out]).toEqual([0, "ENTER SIXTY SEVEN\n"]);
      const heavy = await run("decode", path, "--vocab", vocab, "--lm", lm("word3.arpa"), "--alpha", "9");
      expect(heavy.out).not.toBe(words.out);
      const letters = await run("decode", path, "--vocab", vocab, "--lm", lm("char5.arpa"), "--alpha", "0.2");
      expect(letters.out).toBe("ENTER SIXTY SEVEN\n");
      const both = await run("decode", path, "--vocab", vocab, "--lm", lm("char5.arpa"), "--beta", "1");
      expect(both.err).toMatch(/--beta: the language model is one of letters/);
      const lower = write("lower.arpa", readFileSync(lm("small.arpa"), "utf8").toLowerCase());
      const { code, err } = await run("decode", path, "--vocab", vocab, "--lm", lower);
      expect(code).toBe(2);
      expect(err).toMatch(/--lm: its words, such as "[a-z']+", cannot be spelled with the model's symbols/);
    },
  );

  it("refuses weights without a model, and models that are none", async () => {
    const path = scratch("emissions.npy");
    expect((await run("decode", path, "--vocab", vocab, "--alpha", "1")).err).toMatch(
      /--alpha, --beta: weigh a language model; name one with --lm/,
    );
    const missing = await run("decode", path, "--vocab", vocab, "--lm", "missing.arpa");
    expect(missing.err).toMatch(/--lm: cannot read missing\.arpa \(ENOENT\)/);
    const broken = await run("decode", path, "--vocab", vocab, "--lm", write("broken.arpa", "hello\n"));
    expect([broken.code, broken.err.trim().split("\n").length]).toEqual([1, 1]);
    const none = await run("transcribe", command, "--lm", "auto");
    expect([none.code, none.err]).toEqual([2, expect.stringMatching(/has no language_model folder/)]);
  });

  it("lists texts of several recordings, and refuses formats that hold one", async () => {
    const { out } = await run("transcribe", command, root("examples/audio/digits.wav"), "--nbest", "2");
    const names = out
      .trim()
      .split("\n")
      .map((line) => line.split("\t"));
    expect(names.map(([name]) => name)).toEqual([command, command, expect.any(String), expect.any(String)]);
    expect(names.every((cells) => cells.length === 3)).toBe(true);
    const { code, err } = await run("transcribe", command, "--nbest", "2", "--format", "srt");
    expect([code, err]).toEqual([2, "wav2vec: --nbest: srt holds one text; use --format text or json\n"]);
  });

  it.skipIf(!hasGoldens)(
    "takes the language model of the model's own folder only when asked to",
    async () => {
      const model = scratch("with-lm");
      cpSync(root("models/en-tiny"), model, { recursive: true });
      for (const name of ["alphabet.json", "language_model"])
        cpSync(`${SHARED}/reference/decoding/processor/${name}`, join(model, name), { recursive: true });
      const transcribe = async (...args: string[]) => {
        const { out } = await run(
          "transcribe",
          command,
          "--model",
          model,
          "--nbest",
          "1",
          "--format",
          "json",
          ...args,
        );
        return JSON.parse(out) as { text: string };
      };
      expect((await transcribe()).text).toBe("ENTER SIXTY SEVEN");
      expect((await transcribe("--lm", "auto")).text).toBe("ENTER SIXTY SEVEN");
      expect((await transcribe("--lm", "auto", "--alpha", "30")).text).not.toBe("ENTER SIXTY SEVEN");
      writeFileSync(join(model, "alphabet.json"), '{"labels":["","a"],"is_bpe":false}');
      const { code, err } = await run("transcribe", command, "--model", model, "--lm", "auto");
      expect([code, err]).toEqual([
        2,
        expect.stringMatching(/alphabet\.json has other symbols than the model/),
      ]);
    },
  );
});
