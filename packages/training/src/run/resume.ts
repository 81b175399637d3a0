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
 * @param parse of the configuration: settings that are newer than the run have their defaults
 * @returns undefined if there is none
 * @throws TrainingError if there is one and `resume` is false, or it was made with other settings; TrainingConfigError if
 *   it was made with settings that are no more
 */
export async function openRun<C>(
  { out, config, resume = false }: Pick<RunOptions<C>, "out" | "config" | "resume">,
  parse: (saved: unknown, name: string) => C,
  atEnd: AtEnd,
): Promise<Resumed | undefined> {
  const latest = await latestCheckpoint(out);
  if (!latest) return undefined;
  if (!resume)
    throw new TrainingError(
      `${out}: holds a run at update ${latest.state.update}; resume it, or choose another folder`,
    );
  const before = parse(latest.state.config, join(latest.folder, "run.json"));
  const changed = differences(plain(before), plain(config));
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

/** As a file has it: what is undefined is not there. */
const plain = (config: unknown): unknown => JSON.parse(JSON.stringify(config));

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
