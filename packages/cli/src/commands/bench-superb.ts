// `wav2vec bench superb`: probes a frozen encoder on a list of tasks, beside baselines, and writes a table.
import {
  fromFolder,
  keptRecordings,
  parseClassificationConfig,
  parseCtcConfig,
  parseProbeConfig,
  PROBED,
  runProbe,
  type Probed,
  type ProbeResult,
  type TrainingEvent,
} from "@wav2vec/training/node";
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { dirname, join, resolve } from "node:path";
import { loadBackend, type BackendName } from "../backend.js";
import { terminalProgress, type Progress, type ProgressLine } from "../progress.js";
import { describeError, exitCodes, UsageError } from "../usage-error.js";
import { readConfigFile } from "./read-config-file.js";

/** What the command line gives. */
export interface BenchSuperbOptions {
  readonly model: string;
  readonly out: string;
  readonly only?: string | undefined;
  readonly encoders?: string | undefined;
  readonly backend: BackendName;
  readonly threads?: number | undefined;
  readonly quiet?: boolean | undefined;
}

/** A task's results, by what was in front of the head. */
interface TaskResults {
  readonly name: string;
  readonly title: string;
  readonly metric: string;
  /** Of the configuration and the model: results of another are not mixed in. */
  readonly settings: string;
  readonly results: Partial<Record<Probed, ProbeResult>>;
}

/** Columns of the table. */
const TITLES: Readonly<Record<Probed, string>> = {
  frozen: "encoder, frozen",
  "fine-tuned": "encoder, learning too",
  random: "random encoder, frozen",
  mfcc: "MFCC, linear",
};

/** Of decoded recordings of one task, 2.6 hours. */
const KEPT_BYTES = 600e6;

/**
 * Runs every task with every encoder. What `results.json` has already, measured with the same settings, is kept; what
 * fails is told, and the others go on.
 *
 * @returns the exit code: 1 if a probe failed
 */
export async function benchSuperb(file: string, options: BenchSuperbOptions): Promise<number> {
  const folder = resolve(dirname(file));
  const all = parseProbeConfig(await readConfigFile(file), file).tasks;
  const tasks = chosen(
    options.only,
    all.map(({ name }) => name),
    "--only",
  ).map((name) => all.find((task) => task.name === name)!); // chosen from them
  const encoders = chosen(options.encoders, PROBED, "--encoders");
  const backend = await loadBackend(options.backend, options.threads);
  const progress = terminalProgress(options.quiet ?? false);
  const before = await readResults(options.out);
  const done: TaskResults[] = [];
  let code: number = exitCodes.done;
  const workers = Math.max(0, Math.min(4, availableParallelism() - 1));
  await mkdir(options.out, { recursive: true });
  try {
    for (const task of tasks) {
      const path = resolve(folder, task.config);
      const parse = task.kind === "ctc" ? parseCtcConfig : parseClassificationConfig;
      const config = fromFolder(parse(await readConfigFile(path), path), dirname(path));
      const { name, title, metric } = task;
      const settings = digest([options.model, task, config]);
      const earlier = before.find((one) => one.name === name && one.settings === settings);
      const results: Partial<Record<Probed, ProbeResult>> = { ...earlier?.results };
      done.push({ name, title, metric, settings, results });
      const reader = keptRecordings(workers, KEPT_BYTES);
      for (const probed of encoders) {
        if (results[probed]) continue;
        const found = await runProbe(task, config, probed, {
          model: /^\.{0,2}\//.test(options.model) ? resolve(options.model) : options.model,
          backend,
          work: join(resolve(options.out), "work"),
          reader,
          onEvent: teller(progress, `${name} ${probed}`),
        }).catch((error: unknown) => {
          progress.message(`${name} ${probed} failed: ${describeError(error)}`);
          code = exitCodes.failed;
        });
        if (!found) continue;
        if (found.metrics[metric] === undefined)
          throw new UsageError(`${file}: ${name}: metric is ${metric}; expected one of ${Object.keys(found.metrics).join(", ")}`); // prettier-ignore
        results[probed] = found;
        progress.message(`${name} ${probed}: ${metric} ${shown(found, metric)}`);
        await write(options, encoders, [...done, ...notIn(done, before)]);
      }
      await reader.close();
    }
  } finally {
    progress.stop();
  }
  process.stdout.write(table(encoders, done));
  return code;
}

/** What an earlier run wrote; nothing if there was none. */
async function readResults(out: string): Promise<readonly TaskResults[]> {
  const text = await readFile(join(out, "results.json"), "utf8").catch(() => undefined);
  if (text === undefined) return [];
  try {
    return (JSON.parse(text) as { tasks: TaskResults[] }).tasks; // this command wrote it
  } catch {
    throw new UsageError(
      `--out: ${join(out, "results.json")} is damaged; remove it, or choose another folder`,
    );
  }
}

/** Tasks of earlier runs that this one is not about. */
const notIn = (done: readonly TaskResults[], before: readonly TaskResults[]) =>
  before.filter(({ name }) => !done.some((task) => task.name === name));

const digest = (settings: unknown) =>
  createHash("sha256").update(JSON.stringify(settings)).digest("hex").slice(0, 16);

/** The names of a comma-separated list, or all. */
function chosen<N extends string>(
  list: string | undefined,
  names: readonly N[],
  option: string,
): readonly N[] {
  if (list === undefined) return names;
  return list.split(",").map((part) => {
    const name = names.find((candidate) => candidate === part.trim());
    if (name === undefined) throw new UsageError(`${option}: "${part}"; expected some of ${names.join(",")}`);
    return name;
  });
}

async function write(options: BenchSuperbOptions, encoders: readonly Probed[], done: readonly TaskResults[]) {
  const json = { model: options.model, backend: options.backend, tasks: done };
  await writeFile(join(options.out, "results.json"), `${JSON.stringify(json, null, 2)}\n`);
  await writeFile(join(options.out, "results.md"), table(encoders, done));
}

/** A Markdown table, a row a task. */
function table(encoders: readonly Probed[], done: readonly TaskResults[]): string {
  const rows = done.map(({ name, title, metric, results }) => {
    const any = Object.values(results)[0];
    const size = any ? `${any.clips.train} / ${any.clips.dev}` : "";
    const cells = encoders.map((probed) => (results[probed] ? shown(results[probed], metric) : "–"));
    return [name, title, size, metric, ...cells];
  });
  const header = ["task", "what", "train / dev clips", "metric", ...encoders.map((probed) => TITLES[probed])];
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  return [header, header.map(() => "---"), ...rows].map(line).join("");
}

/** In per cent, with the range of the folds. */
function shown({ metrics, folds }: ProbeResult, metric: string): string {
  const percent = (value: number | undefined) => (100 * (value ?? NaN)).toFixed(1);
  const values = folds.map((fold) => fold[metric] ?? NaN);
  const range =
    folds.length > 1 ? ` (${percent(Math.min(...values))} to ${percent(Math.max(...values))})` : "";
  return `${percent(metrics[metric])} %${range}`;
}

function teller(progress: Progress, name: string): (event: TrainingEvent) => void {
  let line: ProgressLine | undefined;
  return (event) => {
    if (event.type === "reading" || event.type === "encoding" || event.type === "update") {
      line ??= progress.line(name, "");
      if (event.type === "update") line.update(event.update, event.updates, "updates");
      else line.update(event.done, event.total, event.type);
    }
    if (event.type === "data" || event.type === "evaluation") {
      line?.end();
      line = undefined;
    }
    if (event.type === "defect") progress.message(`left out: ${event.defect.name}: ${event.defect.detail}`);
  };
}
