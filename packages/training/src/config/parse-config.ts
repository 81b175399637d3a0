// Reads a configuration, with every mistake named at once; paths in it start at the file's folder.
import { isAbsolute, resolve } from "node:path";
import { z } from "zod";
import { classificationConfig, type ClassificationConfig } from "./classification-config.js";
import { ctcConfig, type CtcConfig } from "./ctc-config.js";
import { probeConfig, type ProbeConfig } from "./probe-config.js";
import { pretrainingConfig, type PretrainingRunConfig } from "./pretraining-config.js";
import { DEFECTS, type DefectPolicy } from "../data/defects.js";
import { cosineSchedule, polynomial, triStage, type Schedule } from "../schedules.js";

/** A configuration that cannot be; lists every mistake. */
export class TrainingConfigError extends Error {
  override name = "TrainingConfigError";
}

/** @throws TrainingConfigError listing unknown keys, missing ones and wrong values */
export const parseCtcConfig = (value: unknown, name = "config"): CtcConfig => parse(ctcConfig, value, name);

/** @throws TrainingConfigError listing unknown keys, missing ones and wrong values */
export const parseClassificationConfig = (value: unknown, name = "config"): ClassificationConfig =>
  parse(classificationConfig, value, name);

/** @throws TrainingConfigError listing unknown keys, missing ones and wrong values */
export const parsePretrainingRunConfig = (value: unknown, name = "config"): PretrainingRunConfig =>
  parse(pretrainingConfig, value, name);

/** @throws TrainingConfigError listing unknown keys, missing ones and wrong values */
export const parseProbeConfig = (value: unknown, name = "config"): ProbeConfig =>
  parse(probeConfig, value, name);

function parse<T>(schema: z.ZodType<T>, value: unknown, name: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const list = result.error.issues.map(({ path, message }) => `  ${path.join(".") || "(top)"}: ${message}`);
  throw new TrainingConfigError(`${name}: ${list.length} mistakes\n${list.join("\n")}`);
}

/** JSON Schema of the files, for editors. */
export function configSchema(kind: keyof typeof SCHEMAS): unknown {
  return z.toJSONSchema(SCHEMAS[kind], { io: "input" });
}

const SCHEMAS = {
  ctc: ctcConfig,
  pretrain: pretrainingConfig,
  classify: classificationConfig,
  probe: probeConfig,
};

/** The same configuration with paths of data, noise, vocabulary and local models made absolute. */
export function fromFolder<C extends CtcConfig | PretrainingRunConfig | ClassificationConfig>(
  config: C,
  folder: string,
): C {
  const at = (path: string) => (isAbsolute(path) ? path : resolve(folder, path));
  const sources = (list: C["data"]["train"]) =>
    list.map((source) => ({
      ...source,
      path: at(source.path),
      ...(source.audioFolder !== undefined && { audioFolder: at(source.audioFolder) }),
    }));
  return {
    ...config,
    data: { ...config.data, train: sources(config.data.train), dev: sources(config.data.dev) },
    ...("vocabulary" in config && config.vocabulary !== undefined && { vocabulary: at(config.vocabulary) }),
    ...("cache" in config &&
      config.cache?.folder !== undefined && { cache: { ...config.cache, folder: at(config.cache.folder) } }),
    ...(config.augment?.recordings && { augment: { ...config.augment, recordings: { ...config.augment.recordings, path: at(config.augment.recordings.path) } } }), // prettier-ignore
    ...(config.init !== undefined && /^\.{0,2}\//.test(config.init) && { init: at(config.init) }),
  };
}

/** One word for all kinds of bad data, or one for each. */
export function defectPolicy(defects: CtcConfig["data"]["defects"]): DefectPolicy {
  const of = (kind: string) => (typeof defects === "string" ? defects : (defects[kind] ?? "skip"));
  return Object.fromEntries(DEFECTS.map((kind) => [kind, of(kind)])) as DefectPolicy; // every kind is there
}

/** The learning rate by update. */
export function scheduleOf({
  schedule,
  updates: total,
  optimizer: { rate: peak },
}: Pick<CtcConfig, "schedule" | "updates" | "optimizer">): Schedule {
  if (schedule.kind === "tri-stage") return triStage({ ...schedule, peak, total });
  if (schedule.kind === "cosine") return cosineSchedule({ ...schedule, peak, total, afterwards: "rise" });
  return polynomial({ ...schedule, peak, total });
}
