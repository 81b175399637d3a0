// Reads the golden values that a checkout of the reference data holds beside the repository.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { bytesAccess, readSafetensors } from "@wav2vec/checkpoints";

/** The folder of reference data: `WAV2VEC_SHARED`, or `shared` beside the repository. */
export const SHARED =
  process.env["WAV2VEC_SHARED"] ?? fileURLToPath(new URL("../../../../shared", import.meta.url));

/** Whether the reference data is there; tests that need it skip with `describe.skipIf(!hasGoldens)`. */
export const hasGoldens = existsSync(`${SHARED}/reference/goldens`);

/** One set of goldens: tensors by key and the JSON beside them. */
export interface Golden {
  /** @throws Error naming the key if there is no such tensor */
  tensor(key: string): Promise<{ readonly data: Float32Array; readonly shape: readonly number[] }>;
  readonly keys: readonly string[];
  readonly json: unknown;
}

/** Opens `reference/goldens/NAME.safetensors` and `NAME.json`. */
export async function openGolden(name: string): Promise<Golden> {
  const base = `${SHARED}/reference/goldens/${name}`;
  const { tensors } = await readSafetensors(
    bytesAccess(`${base}.safetensors`, await readFile(`${base}.safetensors`)),
  );
  return {
    keys: [...tensors.keys()],
    json: JSON.parse(await readFile(`${base}.json`, "utf8")) as unknown,
    async tensor(key) {
      const handle = tensors.get(key);
      if (!handle) throw new Error(`golden "${name}": no tensor "${key}"`);
      return { data: await handle.read(), shape: handle.shape };
    },
  };
}
