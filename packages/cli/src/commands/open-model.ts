// Opening the model that a command names, with progress while it is fetched.
import { openCheckpoint, type Checkpoint } from "@wav2vec/checkpoints";
import { shippedModel } from "../model-source.js";
import type { Progress } from "../progress.js";

const MEGABYTE = 1e6;

/** Opens `model`, or the model that ships. */
export async function openModel(
  model: string | undefined,
  offline: boolean | undefined,
  progress: Progress,
): Promise<Checkpoint> {
  let line: ReturnType<Progress["line"]> | undefined;
  const checkpoint = await openCheckpoint(model ?? shippedModel(), {
    ...(offline !== undefined && { offline }),
    onProgress: ({ file, loaded, total }) => {
      line ??= progress.line(file, "MB");
      line.update(loaded / MEGABYTE, total === undefined ? undefined : total / MEGABYTE);
    },
  });
  line?.end();
  return checkpoint;
}
