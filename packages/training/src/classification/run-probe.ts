// One probing task with one kind of encoder: trains on each fold and tells what the held-out parts measure.
import type { Tensor, Backend } from "@wav2vec/core";
import { join } from "node:path";
import type { ClassificationConfig } from "../config/classification-config.js";
import type { CtcConfig } from "../config/ctc-config.js";
import type { ProbeTask } from "../config/probe-config.js";
import type { ClipReader } from "../data/clip-reader.js";
import { TrainingError, type TrainingEvent } from "../run/events.js";
import { openStart } from "../run/starting-point.js";
import { withCleanup } from "../run/with-cleanup.js";
import { trainCtc } from "../run/train-ctc.js";
import { mfccProbe } from "./mfcc-probe.js";
import { trainWithReader } from "./train-classification.js";

/**
 * What is in front of the head: the model, frozen; the model, learning too; a model of its sizes with random weights,
 * frozen; statistics of MFCC, with a linear classifier.
 */
export const PROBED = ["frozen", "fine-tuned", "random", "mfcc"] as const;
export type Probed = (typeof PROBED)[number];

/** What a probe found. */
export interface ProbeResult {
  /** Means over the folds. */
  readonly metrics: Readonly<Record<string, number>>;
  /** What each fold measured. */
  readonly folds: readonly Readonly<Record<string, number>>[];
  /** Recordings of the first fold. */
  readonly clips: { readonly train: number; readonly dev: number };
}

/** What probes need. */
export interface ProbeOptions<T extends Tensor = Tensor> {
  /** Folder or Hugging Face id of the encoder. */
  readonly model: string;
  readonly backend: Backend<T>;
  /** For checkpoints and what frozen encoders say. */
  readonly work: string;
  /** Decodes recordings; see `keptRecordings`. */
  readonly reader: ClipReader;
  readonly onEvent?: (event: TrainingEvent) => void;
  readonly signal?: AbortSignal;
}

/**
 * Runs a task. The last update is what counts: nothing is chosen by the dev part.
 *
 * @returns undefined where the task has no such probe, e.g. recognition from statistics
 */
export async function runProbe<T extends Tensor>(
  task: ProbeTask,
  config: ClassificationConfig | CtcConfig,
  probed: Probed,
  options: ProbeOptions<T>,
): Promise<ProbeResult | undefined> {
  if (probed === "fine-tuned" && !task.fineTune) return undefined;
  if (probed === "mfcc" && !("target" in config)) return undefined;
  const { fields } = await withCleanup((atEnd) => openStart(options.model, undefined, atEnd)); // no weight is read
  const model = sizesOf(fields);
  const hold = "target" in config ? config.data.hold : undefined;
  const folds: Record<string, number>[] = [];
  const clips = { train: 0, dev: 0 };
  const statistics = new Map<string, Float32Array>();
  for (let fold = 0; fold < (hold?.folds ?? 1); fold++) {
    const onEvent = (event: TrainingEvent) => {
      options.onEvent?.(event);
      if (event.type === "data" && fold === 0) clips[event.part] = event.clips;
      if (event.type === "evaluation") last = event.metrics;
    };
    let last: Readonly<Record<string, number>> | undefined;
    const out = join(options.work, task.name, probed, String(fold));
    const from = probed === "random" || probed === "mfcc" ? { init: undefined, model } : { init: options.model, model: undefined }; // prettier-ignore
    const learning = task.fineTune && probed === "fine-tuned" ? { updates: task.fineTune.updates, optimizer: { ...config.optimizer, rate: task.fineTune.rate, headRate: task.fineTune.headRate } } : {}; // prettier-ignore
    const run = { backend: options.backend, out, onEvent, ...(options.signal && { signal: options.signal }) }; // prettier-ignore
    if ("target" in config) {
      const data = { ...config.data, ...(hold && { hold: { ...hold, fold } }) };
      const own = onlyLast({ ...config, ...from, ...learning, data });
      const cache = { ...config.cache, folder: config.cache.folder ?? join(options.work, "features") };
      if (probed === "mfcc") last = (await mfccProbe(own, run, options.reader, statistics))?.metrics;
      else
        await trainWithReader(
          { ...run, config: { ...own, cache, parts: learns(probed, config.parts) } },
          options.reader,
        );
    } else {
      const own = onlyLast({ ...config, ...from, ...learning });
      await trainCtc({ ...run, config: { ...own, parts: probed === "fine-tuned" ? "all" : "head" } });
    }
    if (!last) throw new TrainingError(`probe: ${task.name} measured nothing; expected a dev part; set data.dev or data.hold`); // prettier-ignore
    folds.push({ ...last });
  }
  return { metrics: meansOf(folds), folds, clips };
}

const learns = (probed: Probed, parts: ClassificationConfig["parts"]) =>
  probed === "fine-tuned" ? "all" : parts === "all" ? "head-and-layers" : parts;

/** Evaluated and saved at the end alone. */
function onlyLast<C extends ClassificationConfig | CtcConfig>(config: C): C {
  return {
    ...config,
    evaluate: { every: config.updates },
    checkpoints: { every: config.updates, keep: 1 },
    logEvery: Math.max(config.logEvery, 50),
  };
}

/** The fields of config.json that a model of the same sizes with random weights has. */
function sizesOf(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const other =
    /^(architectures|transformers_version|id2label|label2id|problem_type|outside_label|torch_dtype|dtype|_name_or_path)$/;
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !other.test(key)));
}

function meansOf(folds: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  return Object.fromEntries(
    Object.keys(folds[0] ?? {}).map((name) => [
      name,
      folds.reduce((sum, fold) => sum + (fold[name] ?? NaN), 0) / folds.length,
    ]),
  );
}
