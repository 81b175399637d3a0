// Streams one hour of audio per format and prints time and peak memory: npx tsx tools/bench/audio/long-files.ts
// Needs ffmpeg to make the files; one child process per format, so that peaks do not mix.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { streamAudio } from "@wav2vec/audio";

const seconds = 3600;
const formats: Readonly<Record<string, readonly string[]>> = {
  "16k-mono.flac": ["-ar", "16000", "-ac", "1"],
  "44k-stereo.flac": ["-ar", "44100", "-ac", "2"],
  "44k-stereo.wav": ["-ar", "44100", "-ac", "2"],
  "44k-stereo.mp3": ["-ar", "44100", "-ac", "2", "-b:a", "128k"],
  "48k-mono.opus": ["-ar", "48000", "-ac", "1", "-b:a", "32k"],
  "44k-stereo.ogg": ["-ar", "44100", "-ac", "2", "-c:a", "libvorbis"],
  "48k-mono.webm": ["-ar", "48000", "-ac", "1", "-c:a", "libopus", "-b:a", "32k"],
  "44k-stereo.m4a": ["-ar", "44100", "-ac", "2", "-c:a", "aac"],
};

const [path] = process.argv.slice(2);
if (path) await measure(path);
else runAll();

async function measure(file: string): Promise<void> {
  const before = process.memoryUsage().rss;
  const started = performance.now();
  const startedCpu = process.cpuUsage();
  let samples = 0;
  for await (const block of streamAudio(file)) samples += block.length;
  const elapsed = (performance.now() - started) / 1000;
  const cpu = process.cpuUsage(startedCpu);
  const cpuSeconds = (cpu.user + cpu.system) / 1e6;
  const peak = process.resourceUsage().maxRSS * 1024;
  console.log(
    [
      `${(samples / 16000).toFixed(2)} s of audio`,
      `${elapsed.toFixed(1)} s wall`,
      `${cpuSeconds.toFixed(1)} s processor (${(samples / 16000 / cpuSeconds).toFixed(0)}x)`,
      `peak ${megabytes(peak)} (start ${megabytes(before)})`,
    ].join(", "),
  );
}

function runAll(): void {
  const folder = mkdtempSync(join(tmpdir(), "long-files-"));
  try {
    for (const [name, options] of Object.entries(formats)) {
      const file = join(folder, name);
      // Speech-like: noise under a slow tremolo, so that no coder can cheat with silence.
      const source = `anoisesrc=d=${seconds}:c=pink:a=0.5:r=44100,tremolo=f=4:d=0.8`;
      execFileSync("ffmpeg", ["-v", "error", "-y", "-f", "lavfi", "-i", source, ...options, file]);
      const bytes = statSync(file).size;
      const output = execFileSync(
        process.execPath,
        [...process.execArgv, fileURLToPath(import.meta.url), file],
        {
          encoding: "utf8",
        },
      );
      process.stdout.write(`${name.padEnd(18)} ${megabytes(bytes).padStart(8)}: ${output}`);
      rmSync(file);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MB`;
}
