// Where tests find material that is not part of the repository.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The folder of shared material: WAV2VEC_SHARED, or `shared` beside the repository. */
const sharedFolder =
  process.env["WAV2VEC_SHARED"] ?? fileURLToPath(new URL("../../../../shared", import.meta.url));

/** @returns a folder of the shared material, or null where it is absent */
export function sharedData(path: string): string | null {
  const folder = `${sharedFolder}/data/${path}`;
  return existsSync(folder) ? folder : null;
}

/** True where ffmpeg can be run. */
export function hasFfmpeg(): boolean {
  return spawnSync("ffmpeg", ["-version"]).status === 0;
}
