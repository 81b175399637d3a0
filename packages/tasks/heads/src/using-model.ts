// Checkpoints that a caller passes open, or names.
import { openCheckpoint, type Checkpoint } from "@wav2vec/checkpoints";

/**
 * Hands on an open checkpoint, or opens what is named and closes it again if `use` fails.
 *
 * @param use gets the checkpoint, and `close`, which closes what was opened here and nothing else
 */
export async function usingModel<R>(
  model: Checkpoint | string,
  use: (checkpoint: Checkpoint, close: () => void) => Promise<R>,
): Promise<R> {
  if (typeof model !== "string") return use(model, () => undefined);
  const own = await openCheckpoint(model);
  try {
    return await use(own, () => void own.close());
  } catch (error) {
    await own.close();
    throw error;
  }
}
