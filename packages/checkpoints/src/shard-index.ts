// model.safetensors.index.json: which shard holds which tensor.
import { FormatError } from "./errors.js";
import { readSmall, type SourceFiles } from "./files/source-files.js";
import { isObject, parseJsonObject } from "./files/strict-json.js";

/** A plain file name with a weight extension: no folder, no address. */
const SHARD_NAME = /^[\w-][\w.-]*\.(safetensors|bin)$/;

/**
 * Reads an index.
 *
 * @returns tensor names by shard
 * @throws FormatError if a shard's name leaves the folder or the shard is not there
 */
export async function readShardIndex(source: SourceFiles, name: string): Promise<Map<string, Set<string>>> {
  const text = await readSmall(source, name);
  if (!text)
    throw new FormatError(source.label, `has no ${name}; it holds ${source.names.slice(0, 20).join(", ")}`);
  const map = parseJsonObject(text.file, text.bytes)["weight_map"];
  if (!isObject(map)) throw new FormatError(text.file, "has no weight_map; expected { tensor: shard }");
  const shards = new Map<string, Set<string>>();
  for (const [key, shard] of Object.entries(map)) {
    if (typeof shard !== "string" || !SHARD_NAME.test(shard))
      throw new FormatError(
        text.file,
        `puts "${key.slice(0, 200)}" into ${JSON.stringify(shard)?.slice(0, 200)}; expected the name of a file beside the index`,
      );
    shards.set(shard, (shards.get(shard) ?? new Set()).add(key));
  }
  for (const shard of shards.keys())
    if (!source.names.includes(shard))
      throw new FormatError(text.file, `needs the shard ${shard}, which is not there; fetch it`);
  return shards;
}
