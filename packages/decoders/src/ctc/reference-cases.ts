// Loads the peers' results that the decoders are compared with; for tests only, nothing here is exported from the package.
import { readFileSync } from "node:fs";
import { parseArpa } from "../lm/arpa.js";
import type { NgramTable } from "../lm/ngram-table.js";
import { readReferenceTensors, referenceFolder } from "../reference-tensors.js";
import { normaliseEmissions, type Emissions } from "./emissions.js";

/** The text data that some cases refer to. */
export const textFolder = `${referenceFolder}/../../data/text`;

/** @returns the parsed content of a JSON file; infinities are strings in it */
export function readCases<T>(name: string): T {
  return JSON.parse(readFileSync(`${referenceFolder}/${name}`, "utf8"), (_key, value: unknown) =>
    value === "inf" ? Infinity : value === "-inf" ? -Infinity : value,
  ) as T;
}

/** @returns the emissions by name, "libri" among them as it lies in the file: not normalised */
export function readEmissions(): Record<string, Emissions> {
  const result: Record<string, Emissions> = {};
  for (const [name, { shape, data }] of Object.entries(
    readReferenceTensors(`${referenceFolder}/emissions/emissions.safetensors`),
  )) {
    if (shape.length === 2) result[name] = { data, frames: shape[0]!, symbols: shape[1]! };
  }
  const libri = JSON.parse(readFileSync(`${textFolder}/pyctcdecode/libri_logits.json`, "utf8")) as number[][];
  result["libri"] = {
    data: Float64Array.from(libri.flat()),
    frames: libri.length,
    symbols: libri[0]!.length,
  };
  return result;
}

/** @returns log-probabilities in float32, as flashlight takes them */
export function inSinglePrecision(emissions: Emissions): Emissions {
  const { data, ...shape } = normaliseEmissions(emissions);
  return { data: Float32Array.from(data), ...shape };
}

const models = new Map<string, NgramTable>();

/** @returns the model in a file, read once */
export function readModel(path: string): NgramTable {
  const model = models.get(path) ?? parseArpa(readFileSync(path));
  models.set(path, model);
  return model;
}

/** The 32 symbols of wav2vec2-base-960h. */
export const letters = ["<pad>", "<s>", "</s>", "<unk>", ..."|ETAONIHSRDLUMWCFGYPBVK'XJQZ"];
