// Alignment against torchaudio's C++ in interleaved runs on one thread, then an hour of audio in bounded memory.
// Run: PYTHON=path/to/python node --expose-gc --conditions=@wav2vec/source --import tsx tools/bench/align/align.ts
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createAligner } from "@wav2vec/decoders";
import { seededEmissions } from "../../../packages/decoders/src/align/seeded-emissions.js";

const rounds = 30;

/** Times torchaudio in a process of its own, one line a run. */
function startPeer(folder: string, { emissions, targets }: ReturnType<typeof seededEmissions>) {
  const path = join(folder, "emissions.f32");
  writeFileSync(path, new Uint8Array(emissions.data.buffer));
  const script = fileURLToPath(new URL("torchaudio_align.py", import.meta.url));
  const peer = spawn(process.env["PYTHON"] ?? "python3", [script], { stdio: ["pipe", "pipe", "inherit"] });
  const { frames, symbols } = emissions;
  peer.stdin.write(`${JSON.stringify({ emissions: path, frames, symbols, targets })}\n`);
  const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
  const run = async (): Promise<{ milliseconds: number; score: number }> => {
    peer.stdin.write("run\n");
    const { value, done } = await lines.next();
    if (done) throw new Error("bench: the Python process ended; does PYTHON have torch and torchaudio?");
    return JSON.parse(value);
  };
  return { run, stop: () => peer.stdin.end() };
}

const quantile = (sorted: readonly number[], share: number) =>
  sorted[Math.round(share * (sorted.length - 1))]!;
const summary = (values: readonly number[]) => {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, middle, high] = [0.1, 0.5, 0.9].map((share) => quantile(sorted, share).toFixed(3));
  return `${middle} (10-90 %: ${low} to ${high})`;
};

async function compareWithTorchaudio() {
  const job = seededEmissions({ seed: 1, length: 800, symbols: 32, framesPerSymbol: 7.5 });
  const folder = mkdtempSync(join(tmpdir(), "bench-align-"));
  const peer = startPeer(folder, job);
  const times: Record<"wasm" | "typescript" | "torchaudio", number[]> = {
    wasm: [],
    typescript: [],
    torchaudio: [],
  };
  const aligners = [createAligner({ kernel: "wasm" }), createAligner({ kernel: "typescript" })];
  try {
    for (let round = -5; round < rounds; round++) {
      const { milliseconds, score } = await peer.run();
      if (round >= 0) times.torchaudio.push(milliseconds);
      for (const { kernel, align } of aligners) {
        const start = performance.now();
        const own = align(job.emissions, job.targets).score;
        if (round >= 0) times[kernel].push(performance.now() - start);
        if (own < score - 1e-5 * Math.abs(score))
          throw new Error(`bench: ${kernel} found ${own}, torchaudio ${score}`);
      }
    }
  } finally {
    peer.stop();
    rmSync(folder, { recursive: true });
  }
  console.log(
    `${job.emissions.frames} frames x ${job.targets.length} symbols, ${rounds} interleaved runs, milliseconds`,
  );
  for (const [name, values] of Object.entries(times)) console.log(`  ${name}: ${summary(values)}`);
  const ratios = times.wasm.map((value, i) => value / times.torchaudio[i]!);
  console.log(`  wasm / torchaudio, by run: ${summary(ratios)}`);
}

function alignAnHour() {
  const { emissions, targets } = seededEmissions({
    seed: 1,
    length: 60_000,
    symbols: 32,
    framesPerSymbol: 2.35,
  });
  const { align } = createAligner();
  console.log(`${emissions.frames} frames x ${targets.length} symbols`);
  for (const beam of [500, Infinity]) {
    globalThis.gc?.();
    const before = process.memoryUsage.rss();
    const start = performance.now();
    const { score } = align(emissions, targets, { beam });
    const seconds = (performance.now() - start) / 1000;
    const peak = process.resourceUsage().maxRSS / 1024 - before / 2 ** 20;
    console.log(
      `  beam ${beam}: ${seconds.toFixed(2)} s, score ${score}, peak ${peak.toFixed(1)} MiB above input`,
    );
  }
}

alignAnHour(); // first, so that the peak is its own
await compareWithTorchaudio();
