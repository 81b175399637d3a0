// One hour of audio through the command: peak memory over the model's own, and the real-time factor.
//
//   npx tsx --conditions=@wav2vec/source tools/bench/long-audio/run.ts [--model DIR] [--minutes 60] [--format flac|wav]
//
// "The model's own" is the peak of the same process after one window of the longest length (27.5 s): what the network
// needs for one piece. What an hour takes above that is what grows with length.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readAudio, writeWav } from "@wav2vec/audio";
import { writeFile } from "node:fs/promises";

const root = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const { values } = parseArgs({
  options: {
    model: { type: "string", default: root("models/en-tiny") },
    minutes: { type: "string", default: "60" },
    format: { type: "string", default: "flac" },
  },
});
const seconds = Number(values.minutes) * 60;
const folder = mkdtempSync(join(tmpdir(), "long-audio-"));

/** The demo recordings, again and again, with a pause after each. */
async function recording(length: number, name: string): Promise<string> {
  const clips = await Promise.all(
    ["command", "digits", "spelled"].map(
      async (clip) => (await readAudio(root(`examples/audio/${clip}.wav`))).samples,
    ),
  );
  const samples = new Float32Array(length * 16_000);
  for (let at = 0, i = 0; at < samples.length; i++) {
    const clip = clips[i % clips.length]!;
    samples.set(clip.subarray(0, samples.length - at), at);
    at += clip.length + 8000;
  }
  const wav = join(folder, `${name}.wav`);
  await writeFile(wav, writeWav(samples));
  if (values.format === "wav") return wav;
  const target = join(folder, `${name}.${values.format}`);
  const { status, stderr } = spawnSync("ffmpeg", ["-v", "error", "-y", "-i", wav, target]);
  if (status !== 0) throw new Error(`ffmpeg: ${stderr.toString()}; try --format wav`);
  return target;
}

/** Runs the built command and watches its peak resident memory. */
async function run(path: string): Promise<{ peakMegabytes: number; wallSeconds: number }> {
  const start = performance.now();
  const args = [
    root("packages/cli/bin/wav2vec.js"),
    "transcribe",
    path,
    "--model",
    values.model,
    "--threads",
    "2",
  ];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
  let peak = 0;
  const watch = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
      peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
    } catch {
      // the process has just ended
    }
  }, 50);
  const code = await new Promise((resolve) => child.on("close", resolve));
  clearInterval(watch);
  if (code !== 0) throw new Error(`wav2vec ended with exit code ${String(code)}`);
  return { peakMegabytes: peak / 1024, wallSeconds: (performance.now() - start) / 1000 };
}

const window = await run(await recording(27, "window"));
const whole = await run(await recording(seconds, "whole"));
rmSync(folder, { recursive: true });
console.log(`one window: ${window.peakMegabytes.toFixed(0)} MB, ${window.wallSeconds.toFixed(1)} s`);
console.log(
  `${values.minutes} min of ${values.format}: ${whole.peakMegabytes.toFixed(0)} MB, ` +
    `${(whole.peakMegabytes - window.peakMegabytes).toFixed(0)} MB over the model's own; ` +
    `${whole.wallSeconds.toFixed(1)} s, real-time factor ${(whole.wallSeconds / seconds).toFixed(4)}`,
);
