// Going on where a run stopped: finds the newest checkpoint, and refuses other settings than the run began with.
import { openLocalFile, readSafetensors } from "@wav2vec/checkpoints";
import type { Weights } from "@wav2vec/core";
import { join } from "node:path";
import { latestCheckpoint, type RunState } from "./checkpoint-folders.js";
import { TrainingError } from "./events.js";
import type { RunOptions } from "./train-ctc.js";
import type { AtEnd } from "./with-cleanup.js";

/** A run to go on with. */
export interface Resumed {
  readonly folder: string;
  readonly state: RunState;
  readonly moments: Weights;
}

/**
 * Opens the newest checkpoint under `out`; closed at the end.
 *
 * @returns undefined if there is none
 * @throws TrainingError if there is one and `resume` is false, or it was made with other settings
 */
export async function openRun(
  { out, config, resume = false }: Pick<RunOptions<unknown>, "out" | "config" | "resume">,
  atEnd: AtEnd,
): Promise<Resumed | undefined> {
  const latest = await latestCheckpoint(out);
  if (!latest) return undefined;
  if (!resume)
    throw new TrainingError(
      `${out}: holds a run at update ${latest.state.update}; resume it, or choose another folder`,
    );
  const changed = differences(latest.state.config, JSON.parse(JSON.stringify(config)));
  if (changed.length > 0)
    throw new TrainingError(
      `resume: ${out} was begun with other settings: ${changed.join("; ")}; restore them, or begin anew with init: ${latest.folder}`,
    );
  const file = await openLocalFile(join(latest.folder, "optimizer.safetensors"));
  atEnd(() => file.close());
  const { tensors } = await readSafetensors(file);
  return { ...latest, moments: tensors };
}

/** `path: before → now` for each leaf that differs. */
function differences(before: unknown, now: unknown, path = ""): string[] {
  if (isTree(before) && isTree(now)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(now)])];
    return keys.flatMap((key) => differences(before[key], now[key], path ? `${path}.${key}` : key));
  }
  return before === now ? [] : [`${path}: ${JSON.stringify(before)} → ${JSON.stringify(now)}`];
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
