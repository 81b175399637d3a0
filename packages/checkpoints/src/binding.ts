// Gives every parameter of a model its weight, or says everything that does not fit at once.
import { WeightError, type WeightHandle, type WeightProblem, type Weights } from "@wav2vec/core";
import { isFloatDType } from "./files/element-types.js";
import { weightOf } from "./layouts/weight-norm.js";
import { nearestName } from "./nearest-name.js";

/** A parameter that a graph asks for. */
export interface ParameterSpec {
  /** Hugging Face key without model prefix. */
  readonly name: string;
  readonly shape: readonly number[];
  /** The file may lack it, e.g. `masked_spec_embed`. */
  readonly optional?: boolean;
}

/** What a model asked for, and what was left over. */
export interface BoundWeights {
  /** One entry for each parameter, but for absent optional ones. */
  readonly weights: Weights;
  /** Keys of the file that no parameter uses; all match `ignore`. */
  readonly unused: readonly string[];
  /** Optional parameters that the file lacks. */
  readonly absent: readonly string[];
}

/** Keys that only pre-training uses: a fine-tuned model may carry them along. */
export const PRETRAINING_KEYS = /^(quantizer|project_hid|project_q)\./;

/**
 * Binds parameters to weights, strictly: Hugging Face's loader leaves random values where a key is missing.
 *
 * @param params of the graph
 * @param checkpoint opened, or anything with weights and a name
 * @param options `ignore`: unused keys that are no error; they are still reported
 * @throws WeightError listing all missing, unused and misshapen keys, each with its nearest match
 */
export function bindWeights(
  params: readonly ParameterSpec[],
  checkpoint: { readonly source: string; readonly weights: Weights },
  { ignore = [] }: { readonly ignore?: readonly RegExp[] } = {},
): BoundWeights {
  const { source, weights: available } = checkpoint;
  const weights = new Map<string, WeightHandle>();
  const used = new Set<string>();
  const missing: string[] = [];
  const absent: string[] = [];
  const misfits: Misfit[] = [];
  for (const { name, shape, optional } of params) {
    const handle = available.get(name);
    if (!handle) (optional ? absent : missing).push(name);
    else {
      used.add(weightOf(name, available));
      misfits.push(...misfit(name, handle, shape));
      weights.set(name, handle);
    }
  }
  const unused = unusedKeys(available, used);
  const unexpected = unused.filter((key) => !ignore.some((pattern) => pattern.test(key)));
  if (missing.length + misfits.length + unexpected.length > 0)
    throw new WeightError(...report(source, missing, unexpected, misfits, params));
  return { weights, unused, absent };
}

/** One parameter whose tensor has another shape, or a type that cannot be a weight. */
interface Misfit {
  readonly key: string;
  readonly inFile: string;
  readonly inModel: string;
}

/** Each weight once, whatever its spellings. */
function unusedKeys(available: Weights, used: ReadonlySet<string>): string[] {
  const keys = new Set([...available.keys()].map((key) => weightOf(key, available)));
  return [...keys].filter((key) => !used.has(key));
}

function misfit(key: string, { dtype, shape }: WeightHandle, wanted: readonly number[]): Misfit[] {
  if (!isFloatDType(dtype)) return [{ key, inFile: dtype, inModel: "a floating-point type" }];
  const fits = shape.length === wanted.length && shape.every((size, axis) => size === wanted[axis]);
  return fits ? [] : [{ key, inFile: `[${shape.join(", ")}]`, inModel: `[${wanted.join(", ")}]` }];
}

function report(
  source: string,
  missing: readonly string[],
  unused: readonly string[],
  misfits: readonly Misfit[],
  params: readonly ParameterSpec[],
): [message: string, problems: WeightProblem[]] {
  const wanted = params.map(({ name }) => name).filter((name) => missing.includes(name));
  const near = (match: string | undefined) => (match === undefined ? "" : `; nearest: "${match}"`);
  const problems: WeightProblem[] = [
    ...missing.map((key): WeightProblem => ({
      kind: "missing",
      path: key,
      detail: `missing: "${key}"${near(nearestName(key, unused))}`,
    })),
    ...misfits.map(({ key, inFile, inModel }): WeightProblem => ({
      kind: "shape",
      path: key,
      detail: `misfit: "${key}" is ${inFile} in the file, ${inModel} in the model`,
    })),
    ...unused.map((key): WeightProblem => ({
      kind: "unused",
      path: key,
      detail: `unused: "${key}"${near(nearestName(key, wanted))}`,
    })),
  ];
  const counts = `${missing.length} missing, ${misfits.length} misfits, ${unused.length} unused`;
  const lines = problems.map(({ detail }) => `  ${detail}`).join("\n");
  return [
    `weights: ${source} does not fit the model (${counts}); is this the config of these weights?\n${lines}`,
    problems,
  ];
}
