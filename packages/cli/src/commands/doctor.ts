// `wav2vec doctor`: what runs on this machine, and whether a model computes the right numbers here.
import { execFile } from "node:child_process";
import { arch, availableParallelism, cpus, platform, totalmem } from "node:os";
import { promisify } from "node:util";
import { acousticModel } from "@wav2vec/asr";
import { reference, add, graph, input, type Backend } from "@wav2vec/core";
import { backendNames, loadBackend } from "../backend.js";
import { terminalProgress } from "../progress.js";
import { describeError, exitCodes } from "../usage-error.js";
import { version } from "../version.js";
import { openModel } from "./open-model.js";

/** Options of the command, as the command line gives them. */
export interface DoctorOptions {
  readonly offline?: true;
}

/** Largest difference of log-probabilities from the reference that counts as right; DESIGN's figure for backends. */
const TOLERANCE = 1e-3;
const SAMPLE_RATE = 16_000;

/** @returns the exit code: 1 if the default backend does not run, or differs from the reference */
export async function doctor(model: string | undefined, options: DoctorOptions): Promise<number> {
  const print = (label: string, text: string) => process.stdout.write(`${label.padEnd(12)} ${text}\n`);
  print("wav2vec", version);
  print("node", `${process.version} on ${platform()} ${arch()}`);
  print(
    "machine",
    `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? "unknown processor"}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
  );
  print("ffmpeg", await ffmpegVersion());

  const working: Backend[] = [];
  for (const name of backendNames) {
    const found = await loadBackend(name).then(tryOut, (error: unknown) => describeError(error));
    print(name, typeof found === "string" ? `no: ${found}` : "runs");
    if (typeof found !== "string") working.push(found);
  }

  const checkpoint = await openModel(model, options.offline, terminalProgress(false));
  const second = chirp(SAMPLE_RATE);
  const expected = await logProbabilities(checkpoint, reference, second);
  let right = working.some(({ name }) => name === "ort");
  for (const backend of working) {
    if (backend.name === reference.name) continue;
    const actual = await logProbabilities(checkpoint, backend, second);
    const difference = Math.max(...Float64Array.from(actual, (x, i) => Math.abs(x - expected[i]!)));
    const fits = difference <= TOLERANCE;
    right &&= fits;
    print(
      "self-check",
      `${backend.name}: log-probabilities of one second within ${difference.toExponential(1)} of the reference${fits ? "" : ` - WRONG, expected ${TOLERANCE}`}`,
    );
  }
  await checkpoint.close();
  return right ? exitCodes.done : exitCodes.failed;
}

/** Runs one addition; many providers fail only now. */
async function tryOut(backend: Backend): Promise<Backend | string> {
  try {
    const x = input("x", [2]);
    const program = await backend.compile(graph({ y: add(x, x) }), new Map());
    const { y } = await program.run({ x: backend.upload(Float32Array.of(1, 2), [2]) });
    const sum = await backend.download(y!);
    program.dispose();
    return sum[1] === 4 ? backend : `1 + 1 and 2 + 2 gave ${sum.join(" and ")}`;
  } catch (error) {
    return describeError(error).split("\n")[0]!;
  }
}

async function logProbabilities(
  checkpoint: Parameters<typeof acousticModel>[0],
  backend: Backend,
  samples: Float32Array,
): Promise<Float32Array | Float64Array> {
  const model = await acousticModel(checkpoint, backend);
  const [emissions] = await model.emissions([samples]);
  model.dispose();
  return emissions!.data; // one clip in, one out
}

/** A tone that climbs from 100 Hz to 4 kHz: every part of the model has something to do. */
function chirp(length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => {
    const t = i / SAMPLE_RATE;
    return 0.3 * Math.sin(2 * Math.PI * (100 * t + 1950 * t * t));
  });
}

async function ffmpegVersion(): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)("ffmpeg", ["-version"]);
    return stdout.split("\n")[0]!.replace("ffmpeg version ", "");
  } catch {
    return "not found; only needed for AAC and rare formats";
  }
}
