// `wav2vec train ctc|pretrain|classify`: runs a configuration, tells how it goes, and stops cleanly on Ctrl-C.
import {
  describeClassificationRun,
  describeCtcRun,
  describePretrainingRun,
  fromFolder,
  parseClassificationConfig,
  parseCtcConfig,
  parsePretrainingRunConfig,
  replicaThreads,
  trainClassification,
  trainCtc,
  trainPretraining,
  type RunDescription,
  type TrainingEvent,
} from "@wav2vec/training/node";
import { availableParallelism } from "node:os";
import { dirname, resolve } from "node:path";
import { loadBackend, type BackendName } from "../backend.js";
import { terminalProgress, type Progress, type ProgressLine } from "../progress.js";
import { exitCodes, UsageError } from "../usage-error.js";
import { readConfigFile } from "./read-config-file.js";

/** What the command line gives. */
export interface TrainOptions {
  readonly out: string;
  readonly init?: string | undefined;
  readonly resume?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
  readonly backend: BackendName;
  readonly threads?: number | undefined;
  readonly workers?: number | undefined;
  readonly quiet?: boolean | undefined;
}

/** Runs, goes on with, or describes a training. @returns the exit code */
export async function train(
  kind: "ctc" | "pretrain" | "classify",
  file: string,
  options: TrainOptions,
): Promise<number> {
  const value = await readConfig(file, options.init);
  const folder = resolve(dirname(file));
  if (kind === "ctc") {
    const config = fromFolder(parseCtcConfig(value, file), folder);
    if (options.dryRun) return print(await describeCtcRun(config));
    return withRun(options, config.batch.replicas, (run) => trainCtc({ config, ...run }));
  }
  if (kind === "classify") {
    const config = fromFolder(parseClassificationConfig(value, file), folder);
    if (options.dryRun) return print(await describeClassificationRun(config));
    return withRun(options, config.batch.replicas, (run) => trainClassification({ config, ...run }));
  }
  const config = fromFolder(parsePretrainingRunConfig(value, file), folder);
  if (options.dryRun) return print(await describePretrainingRun(config));
  return withRun(options, config.batch.replicas, (run) => trainPretraining({ config, ...run }));
}

/** The file's content; `--init` takes the place of its `init` and `model`. */
async function readConfig(file: string, init: string | undefined): Promise<unknown> {
  const value = await readConfigFile(file);
  if (init === undefined || typeof value !== "object" || value === null) return value;
  const { model: _, ...rest } = value as Record<string, unknown>; // an object
  return { ...rest, init: /^\.{0,2}\//.test(init) ? resolve(init) : init };
}

type Run = Omit<Parameters<typeof trainCtc>[0], "config">;

async function withRun(
  { backend, threads, workers = usualWorkers(), out, resume = false, quiet = false }: TrainOptions,
  parts: number,
  start: (run: Run) => ReturnType<typeof trainCtc>,
): Promise<number> {
  const shared = await shareThreads(backend, parts, threads);
  const progress = terminalProgress(quiet);
  const stop = new AbortController();
  const interrupt = () => {
    progress.message("stopping after this update, with a checkpoint; again to quit at once");
    stop.abort();
    process.once("SIGINT", () => process.exit(130));
  };
  process.once("SIGINT", interrupt);
  try {
    const onEvent = teller(progress, quiet);
    const result = await start({
      ...shared,
      out,
      resume,
      workers,
      onEvent,
      signal: stop.signal,
    });
    progress.stop();
    const best = result.best ? `; best at update ${result.best.update}: ${out}/best` : "";
    process.stdout.write(`${result.reason} after ${result.update} updates: ${result.folder}${best}\n`);
    return exitCodes.done;
  } finally {
    progress.stop();
    await shared.replicas?.close();
    process.removeListener("SIGINT", interrupt);
  }
}

const REPLICA = new URL(import.meta.url.endsWith(".ts") ? "../replica-worker.ts" : "./replica-worker.js", import.meta.url); // prettier-ignore

/** Threads of the backend, shared by the replicas that compute parts of a batch; no more replicas than threads. */
async function shareThreads(name: BackendName, parts: number, threads: number | undefined) {
  if (parts === 1) return { backend: await loadBackend(name, threads) };
  if (name !== "ort") throw new UsageError(`--backend ${name}: batch.replicas is ${parts}; expected 1, or --backend ort`); // prettier-ignore
  const all = threads ?? availableParallelism();
  const count = Math.min(parts, all);
  const each = Math.floor(all / count);
  const backend = await loadBackend(name, each);
  return count === 1
    ? { backend }
    : { backend, replicas: replicaThreads(REPLICA, count - 1, { threads: each }) };
}

/** One processor stays for training itself; beyond four, decoding is faster than any training. */
const usualWorkers = () => Math.max(1, Math.min(4, availableParallelism() - 1));

/** Turns events into lines and bars. */
function teller(progress: Progress, quiet: boolean): (event: TrainingEvent) => void {
  let line: ProgressLine | undefined;
  const say = (text: string) => {
    if (!quiet) progress.message(text);
  };
  return (event) => {
    if (event.type === "reading" || event.type === "encoding") {
      line ??= progress.line(`${event.type} ${event.part}`, "recordings");
      line.update(event.done, event.total);
      // Of data, an event tells that all is read.
      if (event.done === event.total && (event.type === "encoding" || event.part === "noise")) {
        line.end();
        line = undefined;
      }
    } else if (event.type === "defect") {
      progress.message(`left out: ${event.defect.name}: ${event.defect.kind}: ${event.defect.detail}`);
    } else if (event.type === "update") {
      line ??= progress.line("training", "updates");
      const { loss = NaN } = event.metrics;
      const speed = event.seconds.toFixed(2);
      line.update(
        event.update,
        event.updates,
        `loss ${loss.toFixed(3)}, norm ${event.norm.toFixed(2)}, ${speed} s`,
      );
    } else {
      if (event.type === "data") {
        line?.end();
        line = undefined;
      }
      say(textOf(event));
    }
  };
}

function textOf(
  event: Exclude<TrainingEvent, { type: "reading" | "encoding" | "defect" | "update" }>,
): string {
  const numbers = (values: Readonly<Record<string, number | undefined>>) =>
    Object.entries(values)
      .map(([name, value]) => `${name} ${Number(value?.toFixed(4))}`)
      .join(", ");
  switch (event.type) {
    case "data":
      return `${event.part}: ${event.clips} recordings, ${(event.seconds / 3600).toFixed(2)} h; left out: ${numbers(event.defects) || "none"}`;
    case "start":
      return `update ${event.update}: ${event.parameters} parameters, ${event.trained} of them learn`;
    case "evaluation":
      return `update ${event.update}: ${numbers(event.metrics)}${event.isBest ? " (best)" : ""}, ${event.seconds.toFixed(1)} s`;
    case "monitor":
      return `update ${event.update}: ${event.verdict.text}`;
    case "checkpoint":
      return `update ${event.update}: ${event.folder}`;
  }
}

function print(description: RunDescription): number {
  const { parameters, trained, tokens, labels, entries, noise, secondsPerUpdate, batch, bytes, shapes } =
    description;
  const megabytes = (count: number) => `${(count / 1e6).toFixed(0)} MB`;
  const lines = [
    ...[...shapes].map(([name, shape]) => `${name} [${shape.join(", ")}]`),
    `parameters: ${parameters}, ${trained} of them learn`,
    ...(tokens === undefined ? [] : [`vocabulary: ${tokens} tokens`]),
    ...(labels === undefined ? [] : [`${labels.length} labels: ${labels.join(", ")}`]),
    `data: ${entries.train} recordings to train on, ${entries.dev} to evaluate on${noise === undefined ? "" : `, ${noise} of noise`} (not opened)`,
    `audio: at most ${secondsPerUpdate} s an update, padding included`,
    `memory: ${megabytes(bytes.state + bytes.batch)}: ${megabytes(bytes.state)} of weights and moments, ${megabytes(bytes.batch)} for ${batch.clips} clips of ${Number(batch.seconds.toFixed(1))} s (${batch.frames} frames); the runtime takes some 150 MB on top, and up to half as much again`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  return exitCodes.done;
}
