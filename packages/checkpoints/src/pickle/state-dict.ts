// The weights in an unpickled file: a state dictionary, or one inside a training checkpoint.
import type { WeightHandle } from "@wav2vec/core";
import { FormatError } from "../errors.js";
import type { TorchFile } from "./torch-file.js";
import { TorchTensor, type PyDict } from "./values.js";

/** Names under which training programs keep the weights: fairseq, Lightning and others. */
const NESTED = ["model", "state_dict"];

/** Tensors by name, and the whole checkpoint if the weights were only a part of it. */
export interface StateDict {
  readonly tensors: ReadonlyMap<string, WeightHandle>;
  readonly root?: PyDict;
  readonly notes: readonly string[];
}

/**
 * Finds the state dictionary.
 *
 * @throws FormatError if there is none, or a tensor's storage is not in the file
 */
export async function readStateDict(file: string, torch: TorchFile): Promise<StateDict> {
  const { root } = torch;
  if (!(root instanceof Map))
    throw new FormatError(
      file,
      `holds ${Array.isArray(root) ? "a list" : "a single object"}; expected a state dictionary; save model.state_dict()`,
    );
  const inner = NESTED.map((name) => root.get(name)).find((value) => value instanceof Map);
  const state = inner instanceof Map ? inner : root;
  const tensors = new Map<string, WeightHandle>();
  const others: string[] = [];
  for (const [name, value] of state) {
    if (typeof name === "string" && value instanceof TorchTensor)
      tensors.set(name, await torch.tensor(value));
    else others.push(typeof name === "string" ? name.slice(0, 80) : typeof name);
  }
  if (tensors.size === 0)
    throw new FormatError(
      file,
      `holds no tensors${others.length > 0 ? ` (${others.slice(0, 5).join(", ")})` : ""}; expected a state dictionary`,
    );
  const notes =
    others.length > 0
      ? [
          `${file}: ${others.length} entries are not tensors and are left out: ${others.slice(0, 5).join(", ")}`,
        ]
      : [];
  return { tensors, ...(state !== root && { root }), notes };
}
