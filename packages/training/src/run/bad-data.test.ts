// What goes wrong while a run is under way: recordings that go, disks that fill up. Nothing of the run may be lost.
import { ortBackend } from "@wav2vec/backend-ort";
import * as ort from "onnxruntime-node";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseCtcConfig } from "../config/parse-config.js";
import { toneConfig, writeToneSpeech } from "../fixtures/tone-speech.js";
import type { TrainingEvent } from "./events.js";
import { trainCtc } from "./train-ctc.js";

let folder = "";
const backend = ortBackend({ ort, threads: 1 });
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bad-data-"));
  await writeToneSpeech(at("speech"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Told {
  readonly changes?: Readonly<Record<string, unknown>>;
  readonly resume?: boolean;
  readonly onUpdate?: (update: number) => void;
}

/** Six updates of one batch each; recordings are decoded each time. */
function train(data: string, out: string, { changes = {}, resume = false, onUpdate }: Told = {}) {
  const events: TrainingEvent[] = [];
  const result = trainCtc({
    config: parseCtcConfig(
      toneConfig(at(data), {
        data: { train: [{ path: at(data) }], text: { case: "upper" }, cacheMegabytes: 0, ...changes },
        batch: { seconds: 40 },
        updates: 6,
        logEvery: 1,
        evaluate: { every: 100 },
        checkpoints: { every: 2, keep: 1 },
      }),
    ),
    backend,
    out: at(out),
    resume,
    onEvent: (event) => {
      events.push(event);
      if (event.type === "update") onUpdate?.(event.update);
    },
  });
  return { result, events };
}

const weightsOf = (out: string) => readFile(at(`${out}/last/model.safetensors`));

describe("a recording that goes while a run is under way", () => {
  const copy = (name: string) => cp(at("speech"), at(name), { recursive: true });
  const removeAt = (data: string) => (update: number) => {
    if (update === 2) execFileSync("rm", [at(`${data}/clip3.wav`)]);
  };

  it("is named and left out of its batches", async () => {
    await copy("some");
    const { result, events } = train("some", "skipped", { onUpdate: removeAt("some") });
    expect(await result).toMatchObject({ reason: "finished", update: 6 });
    const gone = events.flatMap((event) => (event.type === "defect" ? [event.defect] : []));
    expect(new Set(gone.map(({ kind, name }) => `${name} ${kind}`))).toEqual(
      new Set(["clip3.wav missing-file"]),
    );
    const heard = events.flatMap((event) => (event.type === "update" ? [event.audioSeconds] : []));
    expect(heard[5]).toBeLessThan(heard[0]!);
  });

  it("stops the run where that is asked for, with a checkpoint of what was done", async () => {
    await copy("others");
    const { result, events } = train("others", "stopped", {
      changes: { defects: "stop" },
      onUpdate: removeAt("others"),
    });
    await expect(result).rejects.toThrow(
      /data: clip3\.wav: missing-file: .* does not exist; repair or remove it/,
    );
    const done = events.findLast((event) => event.type === "update")!.update;
    expect(events.at(-1)).toMatchObject({ type: "checkpoint", update: done });
  });

  it("ends the run when nothing is left", async () => {
    await copy("all");
    const { result } = train("all", "nothing", {
      onUpdate: (update) => {
        if (update === 2) execFileSync("sh", ["-c", `rm ${at("all")}/*.wav`]);
      },
    });
    await expect(result).rejects.toThrow(
      /none of the recordings to train on can be read any more; bring them back/,
    );
  });
});

describe("a disk that fills up", () => {
  it.skipIf(!existsSync("/dev/full")).each([
    ["metrics.jsonl", /metrics: .*metrics\.jsonl could not be written: .*ENOSPC.*make room and resume/],
    [`report.html.${process.pid}.tmp`, /metrics: .*report\.html could not be written: .*ENOSPC/],
    [
      `checkpoints/.update-00000004.${process.pid}.tmp/run.json`,
      /checkpoint: .*update-00000004 could not be written: .*ENOSPC.*earlier checkpoints are whole/,
    ],
  ])("is named at %s, and the run goes on from its last checkpoint", async (file, message) => {
    const out = `full-${file.replaceAll("/", "-")}`;
    const { result } = train("speech", out, {
      onUpdate: (update) => {
        if (update === 3) execFileSync("sh", ["-c", `mkdir -p "${dirname(at(`${out}/${file}`))}"; ln -sf /dev/full "${at(`${out}/${file}`)}"`]); // prettier-ignore
      },
    });
    await expect(result).rejects.toThrow(message);
    await rm(at(`${out}/${file}`), { force: true });
    expect(await train("speech", out, { resume: true }).result).toMatchObject({
      reason: "finished",
      update: 6,
    });
    await train("speech", "undisturbed", { resume: true }).result;
    expect((await weightsOf(out)).equals(await weightsOf("undisturbed"))).toBe(true);
  });

  const isRoot = process.platform === "linux" && process.getuid?.() === 0;
  it.skipIf(!isRoot)("loses nothing on a real one (needs root, to mount it)", async () => {
    await mkdir(at("disk"));
    const mount = (...options: string[]) =>
      execFileSync("mount", ["-t", "tmpfs", ...options, "tmpfs", at("disk")]);
    try {
      mount("-o", "size=600k");
    } catch {
      return; // a container without the right to mount
    }
    try {
      // One checkpoint fits, a second beside it does not.
      await expect(train("speech", "disk/run").result).rejects.toThrow(/could not be written: .*ENOSPC/);
      const kept = (await readdir(at("disk/run/checkpoints"))).filter((name) => !name.startsWith("."));
      expect(kept.length).toBeGreaterThan(0);
      mount("-o", "remount,size=20m");
      await train("speech", "disk/run", { resume: true }).result;
      await train("speech", "undisturbed", { resume: true }).result;
      expect((await weightsOf("disk/run")).equals(await weightsOf("undisturbed"))).toBe(true);
    } finally {
      execFileSync("umount", [at("disk")]);
    }
  });
});
