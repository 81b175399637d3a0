import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openEnrolmentStore } from "./enrolment-store.js";
import { voice } from "./fixtures/voices.js";
import { cosineSimilarity } from "./speaker-embedding.js";

describe("an enrolment store", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "enrolment-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const voicesIn = () => readdir(join(folder, "voices"));

  it("keeps voices to the bit, and gives each speaker's mean to whoever opens it later", async () => {
    const store = await openEnrolmentStore(folder, voice([1]));
    await store.enrol("Anna Müller/../x", voice([0.1, 1 / 3, 0]));
    await store.enrol("bert", [voice([1, 0, 0]), voice([0, 1, 0])]);
    const [anna, bert] = await (await openEnrolmentStore(folder, voice([1]))).speakers();
    expect(anna).toMatchObject({ name: "Anna Müller/../x", count: 1 });
    expect(cosineSimilarity(anna!.embedding, voice([0.1, 1 / 3, 0]))).toBeCloseTo(1, 12);
    expect(bert!.count).toBe(2);
    expect(bert!.embedding.values[0]).toBe(Math.fround(Math.SQRT1_2));
    const files = await voicesIn();
    const stored = await Promise.all(files.map((file) => readFile(join(folder, "voices", file), "utf8")));
    expect(stored.some((text) => text.includes(String(Math.fround(1 / 3))))).toBe(true);
  });

  it("forgets a speaker and no other", async () => {
    const store = await openEnrolmentStore(folder, voice([1]));
    await store.enrol("anna", [voice([1, 0]), voice([1, 1])]);
    await store.enrol("bert", voice([0, 1]));
    expect(await store.remove("anna")).toBe(2);
    expect(await store.remove("anna")).toBe(0);
    const [bert] = await (await openEnrolmentStore(folder)).speakers(); // whatever the model
    expect(bert!.name).toBe("bert");
    await expect(openEnrolmentStore(join(folder, "nowhere"))).rejects.toThrow(
      "has no store.json; expected a store",
    );
    expect((await store.speakers()).map(({ name }) => name)).toEqual(["bert"]);
  });

  it("refuses embeddings of another model, when opened and when enrolled", async () => {
    const store = await openEnrolmentStore(folder, voice([1]));
    const foreign = voice([1, 0], "b".repeat(64));
    await expect(openEnrolmentStore(folder, foreign)).rejects.toThrow(
      expect.objectContaining({ name: "SpeakerError", message: expect.stringMatching(/store .* got embeddings of two models, "made-up" \(aaaaaaaa\) and "made-up" \(bbbbbbbb\)/) as string }), // prettier-ignore
    );
    await expect(store.enrol("anna", foreign)).rejects.toThrow("of two models");
    await expect(store.enrol("anna", [voice([1, 0]), foreign])).rejects.toThrow("of two models");
    await store.enrol("anna", voice([1, 0]));
    await expect(store.enrol("anna", voice([1, 0, 0]))).rejects.toThrow("2 values");
    expect(await voicesIn()).toHaveLength(1);
    await expect(store.enrol(" ", voice([1, 0]))).rejects.toThrow("the name is empty");
    await expect(store.enrol("anna", [])).rejects.toThrow('no embeddings of "anna"');
  });

  it("loses nothing when many enrol at once, one store being made by all", async () => {
    const stores = await Promise.all(Array.from({ length: 8 }, () => openEnrolmentStore(folder, voice([1]))));
    await Promise.all(
      stores.flatMap((store, i) => [0, 1, 2].map((j) => store.enrol(`s${j}`, voice([i + 1, j])))),
    );
    const speakers = await stores[0]!.speakers();
    expect(speakers.map(({ name, count }) => [name, count])).toEqual([["s0", 8], ["s1", 8], ["s2", 8]]); // prettier-ignore
    expect((await readdir(folder)).sort()).toEqual(["store.json", "voices"]);
  });

  it("holds whole voices only when a program is killed while it enrols", async () => {
    const source = new URL("enrolment-store.ts", import.meta.url).pathname;
    const script = `
      import { openEnrolmentStore } from ${JSON.stringify(source)};
      const voice = { values: new Float32Array(20000).fill(0.123456), model: "made-up", fingerprint: "${"a".repeat(64)}" };
      const store = await openEnrolmentStore(${JSON.stringify(folder)}, voice);
      for (;;) {
        await store.enrol("anna", voice);
        console.log("enrolled");
      }
    `;
    const child = spawn(process.execPath, ["--conditions=@wav2vec/source", "--import", "tsx", "--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"] }); // prettier-ignore
    const ended = new Promise((resolve) => child.on("exit", resolve));
    await new Promise((resolve) => child.stdout.once("data", resolve));
    await new Promise((resolve) => setTimeout(resolve, 40)); // in the midst of another
    child.kill("SIGKILL");
    await ended;
    const [anna] = await (await openEnrolmentStore(folder, voice([1]))).speakers(); // throws if a file is not whole
    expect(anna!.count).toBe((await voicesIn()).filter((name) => name.endsWith(".json")).length);
    expect(anna!.embedding.values).toHaveLength(20_000);
  });

  it("names the file that is damaged, of a later version, or missing", async () => {
    const store = await openEnrolmentStore(folder, voice([1]));
    await store.enrol("anna", voice([1, 0]));
    const file = join(folder, "voices", (await voicesIn())[0]!);
    const whole = await readFile(file, "utf8");
    await writeFile(file, whole.slice(0, 40));
    await expect(store.speakers()).rejects.toThrow(
      `enrolment store ${file}: expected JSON; the file is damaged`,
    );
    await writeFile(file, whole.replace('"version":1', '"version":2'));
    await expect(store.speakers()).rejects.toThrow("version is 2; expected 1");
    await writeFile(file, whole.replace("[1,0]", '["1",0]'));
    await expect(store.speakers()).rejects.toThrow("expected a name and the numbers of an embedding");
    await writeFile(file, whole.replaceAll("aaaa", "bbbb"));
    await expect(store.speakers()).rejects.toThrow("of two models");
    await rm(join(folder, "store.json"));
    await expect(openEnrolmentStore(folder, voice([1]))).rejects.toThrow("has voices but no store.json");
  });
});
