// Finds the weight files among a checkpoint's files and opens them: one file, or shards with an index.
import type { WeightHandle } from "@wav2vec/core";
import { FormatError } from "./errors.js";
import type { RandomAccess } from "./files/random-access.js";
import { readSafetensors } from "./files/safetensors.js";
import type { SourceFiles } from "./files/source-files.js";
import { readShardIndex } from "./shard-index.js";
import type { PyDict } from "./pickle/values.js";

/** Weights under the names of the file. */
export interface StoredWeights {
  /** e.g. "safetensors", "pytorch zip, 2 files". */
  readonly container: string;
  readonly names: readonly string[];
  readonly tensors: ReadonlyMap<string, WeightHandle>;
  /** The rest of a checkpoint that holds more than weights (fairseq's settings). */
  readonly root?: PyDict;
  readonly notes: readonly string[];
  close(): Promise<void>;
}

/** In order of preference: never run a pickle where safetensors is there. */
const STANDARD_NAMES = [
  "model.safetensors",
  "model.safetensors.index.json",
  "pytorch_model.bin",
  "pytorch_model.bin.index.json",
];
/** Other files that PyTorch writes beside weights, and MMS' language adapters. */
const NOT_WEIGHTS = /^(training_args|optimizer|scheduler|scaler|rng_state|adapter|language_model)\b/;
const WEIGHT_NAME = /\.(safetensors|bin|pt|pth|ckpt)$/;

/**
 * Chooses the weight file of a folder.
 *
 * @throws FormatError if there is none, or several of which none has a standard name
 */
export function chooseWeightFile(source: SourceFiles): string {
  const standard = STANDARD_NAMES.find((name) => source.names.includes(name));
  if (standard !== undefined) return standard;
  const others = source.names.filter((name) => WEIGHT_NAME.test(name) && !NOT_WEIGHTS.test(name));
  if (others.length === 1) return others[0]!;
  const found =
    others.length > 0
      ? `has several weight files (${others.join(", ")}); name one of them`
      : `has no weights; it holds ${source.names.slice(0, 20).join(", ") || "nothing"}`;
  throw new FormatError(
    source.label,
    `${found}; expected ${STANDARD_NAMES.join(", ")}, or one .safetensors, .bin, .pt or .pth`,
  );
}

/**
 * Opens the weights in `name`, which is a weight file or a shard index.
 *
 * @throws FormatError if the file, a shard or the index is not sound
 */
export async function openWeights(source: SourceFiles, name: string): Promise<StoredWeights> {
  if (!name.endsWith(".json")) return openOne(source, name);
  const shards = await readShardIndex(source, name);
  const parts: StoredWeights[] = [];
  const close = async () => void (await Promise.all(parts.map((part) => part.close())));
  const tensors = new Map<string, WeightHandle>();
  try {
    for (const [shard, keys] of shards) {
      const part = await openOne(source, shard);
      parts.push(part);
      for (const [key, handle] of part.tensors) {
        if (!keys.delete(key))
          throw new FormatError(
            shard,
            `holds "${key}", which ${name} does not expect there; fetch the files again`,
          );
        tensors.set(key, handle);
      }
      if (keys.size > 0)
        throw new FormatError(
          shard,
          `lacks "${[...keys][0]}", which ${name} expects there; fetch the files again`,
        );
    }
  } catch (error) {
    await close();
    throw error;
  }
  const container = `${parts[0]?.container ?? "nothing"}, ${parts.length} files`;
  return {
    container,
    names: [name, ...shards.keys()],
    tensors,
    notes: parts.flatMap(({ notes }) => notes),
    close,
  };
}

async function openOne(source: SourceFiles, name: string): Promise<StoredWeights> {
  const file = await source.open(name);
  try {
    return { names: [name], close: () => file.close(), ...(await readOne(file, name)) };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readOne(
  file: RandomAccess,
  name: string,
): Promise<Pick<StoredWeights, "container" | "tensors" | "root" | "notes">> {
  if (name.endsWith(".safetensors"))
    return { container: "safetensors", tensors: (await readSafetensors(file)).tensors, notes: [] };
  const [{ readTorchFile }, { readStateDict }] = await Promise.all([
    import("./pickle/torch-file.js"), // with a zip reader, which most pages never need
    import("./pickle/state-dict.js"),
  ]);
  const torch = await readTorchFile(file);
  return { container: `pytorch ${torch.layout}`, ...(await readStateDict(file.name, torch)) };
}
