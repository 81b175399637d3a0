// lm and eval: models from text and back, error rates and times from files.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { hasGoldens, SHARED } from "@wav2vec/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "./run-in-process.js";

let folder: string;
const scratch = (name: string) => join(folder, name);
const write = (name: string, content: string) => {
  writeFileSync(scratch(name), content);
  return scratch(name);
};
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "wav2vec-cli-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("lm", () => {
  const text = "the cat sat\nthe cat ran\na dog sat\n";

  it("builds a model in every file kind, and each answers alike", async () => {
    const source = write("text.txt", text);
    const answers = [];
    for (const name of ["m.arpa", "m.arpa.gz", "m.bin"]) {
      const built = await run(
        "lm",
        "build",
        source,
        "--order",
        "2",
        "--fallback-discounts",
        "--out",
        scratch(name),
      );
      expect([built.code, built.err]).toEqual([0, ""]);
      expect(built.out).toMatch(/^3 sentences, 9 words\n1-grams: 9 of 9 kept/);
      const { out } = await run("lm", "query", scratch(name), "the cat sat", "--json");
      answers.push(JSON.parse(out) as { perplexity: number; unknown: number });
      expect((await run("lm", "info", scratch(name))).out).toMatch(/order +2\nwords +9\n/);
    }
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]!.perplexity).toBeCloseTo(answers[0]!.perplexity, 4);
    expect(answers[0]!.unknown).toBe(0);
    expect(gunzipSync(readFileSync(scratch("m.arpa.gz"))).toString()).toBe(
      readFileSync(scratch("m.arpa"), "utf8"),
    );
    const unknown = await run("lm", "query", scratch("m.bin"), "the zebra");
    expect(unknown.out).toMatch(/zebra=-[\d.]+\/unknown/);
  });

  it.skipIf(!hasGoldens)("estimates what KenLM estimates, with counts on disk too", async () => {
    const reference = `${SHARED}/reference/decoding/lm`;
    const source = `${reference}/estimate_train.txt.gz`;
    const perplexity = async (model: string) => {
      const first = readFileSync(`${reference}/estimate_heldout.txt`, "utf8").split("\n")[0]!;
      return (JSON.parse((await run("lm", "query", model, first, "--json")).out) as { log10: number }).log10;
    };
    const theirs = await perplexity(`${reference}/estimate_full3.arpa.gz`);
    for (const extra of [[], ["--largest", "5000"]]) {
      const out = scratch("ours.arpa");
      expect((await run("lm", "build", source, "--out", out, ...extra)).code).toBe(0);
      expect(Math.abs((await perplexity(out)) - theirs)).toBeLessThan(1e-3);
    }
  });

  it("changes the case, prunes, and refuses what it cannot use", async () => {
    const source = write("case.txt", text);
    const build = (...args: string[]) => run("lm", "build", source, "--out", scratch("c.arpa"), ...args);
    await build("--case", "upper", "--fallback-discounts", "--order", "2", "--prune", "0,1");
    expect(readFileSync(scratch("c.arpa"), "utf8")).toMatch(/\tTHE CAT\n/);
    expect(readFileSync(scratch("c.arpa"), "utf8")).not.toMatch(/\tA DOG\n/);
    expect((await build("--prune", "x")).err).toMatch(/--prune: got "x"; expected counts/);
    const small = await build();
    expect([small.code, small.err]).toEqual([1, expect.stringMatching(/allow fallback discounts/)]);
    expect((await run("lm", "info", source)).code).toBe(1);
    expect((await run("lm", "info", "missing")).err).toMatch(/cannot read missing/);
  });
});

describe("eval", () => {
  it("counts errors by kind and lists them", async () => {
    const [ref, hyp] = [write("ref.txt", "a b c d\ne f\n\n"), write("hyp.txt", "a x c\ne f\ng\n")];
    const { code, out } = await run("eval", ref, hyp, "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      utterances: 3,
      wer: { rate: 0.5, hits: 4, substitutions: 1, deletions: 1, insertions: 1 },
      confusions: expect.arrayContaining([{ reference: "b", hypothesis: "x", count: 1 }]) as unknown,
    });
    const table = (await run("eval", ref, hyp)).out;
    expect(table).toMatch(/^3 utterances/);
    expect(table).toMatch(
      /WER {2}50\.00 % {2}\[\d+\.\d\d %, \d+\.\d\d %\] {2}1 substituted, 1 deleted, 1 inserted of 6\n/,
    );
    expect(table).toContain("1  b → x\n");
    expect(table).toContain("1  (nothing) → g\n");
  });

  it("ignores case and punctuation when told to", async () => {
    const [ref, hyp] = [write("r.txt", "Don’t, “stop”!\n"), write("h.txt", "don't STOP\n")];
    const wer = async (...args: string[]) =>
      (JSON.parse((await run("eval", ref, hyp, "--json", ...args)).out) as { wer: { rate: number } }).wer
        .rate;
    expect([await wer(), await wer("--normalise")]).toEqual([1, 0]);
  });

  it("pairs records by id, whatever their order and field names", async () => {
    const ref = write(
      "r.jsonl",
      '{"file_name":"1","transcription":"one"}\n{"file_name":"2","transcription":"two"}\n',
    );
    const hyp = write("h.jsonl", '{"file":"2","text":"two"}\n{"file":"1","text":"won"}\n');
    expect(JSON.parse((await run("eval", ref, hyp, "--json")).out)).toMatchObject({
      wer: { hits: 1, substitutions: 1 },
    });
    const other = write("o.jsonl", '{"id":"1","text":"one"}\n');
    const { code, err } = await run("eval", ref, other);
    expect(code).toBe(2);
    expect(err).toMatch(/has 1 utterances that .*o\.jsonl lacks, such as 2/);
    expect((await run("eval", ref, write("x.jsonl", "{"))).err).toMatch(/x\.jsonl: line 1: is not JSON/);
    expect((await run("eval", ref, write("t.txt", "one\n"))).code).toBe(2);
  });

  it("compares times of words between formats", async () => {
    const ref = write("r.ctm", "u 1 0.10 0.40 one\nu 1 0.60 0.40 two\n");
    const grid = write(
      "h.TextGrid",
      'File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n2\n<exists>\n1\n"IntervalTier"\n"words"\n0\n2\n4\n0\n0.12\n""\n0.12\n0.5\n"one"\n0.5\n0.64\n""\n0.64\n1.0\n"two"\n',
    );
    const result = JSON.parse((await run("eval", ref, grid, "--json")).out) as {
      wer: { rate: number };
      times: { starts: { meanAbsolute: number }; ends: { meanAbsolute: number } };
    };
    expect(result.wer.rate).toBe(0);
    expect(result.times.starts.meanAbsolute).toBeCloseTo(0.03, 9);
    expect(result.times.ends.meanAbsolute).toBeCloseTo(0, 9);
    expect((await run("eval", ref, grid)).out).toMatch(/starts {2}30\.0 ms off on average, 30\.0 ms bias/);
    const two = write("two.ctm", "u 1 0 1 one\nv 1 0 1 two\n");
    expect((await run("eval", two, two, "--json")).out).toContain('"utterances": 2');
  });
});
