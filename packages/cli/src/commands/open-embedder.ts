// Opening the model of the speaker commands.
import type { Checkpoint } from "@wav2vec/checkpoints";
import { createSpeakerEmbedder, type SpeakerEmbedder } from "@wav2vec/speaker";
import { loadBackend, type BackendName } from "../backend.js";
import type { Progress } from "../progress.js";
import { openModel } from "./open-model.js";

/** Options that every command with an embedder has. */
export interface EmbedderOptions {
  readonly model: string;
  readonly pooledLayer?: number;
  readonly backend: BackendName;
  readonly threads?: number;
  readonly offline?: true;
}

/** Opens the model, works with it, and closes it whatever happens. */
export async function withEmbedder<T>(
  options: EmbedderOptions,
  progress: Progress,
  work: (embedder: SpeakerEmbedder) => Promise<T>,
): Promise<T> {
  const checkpoint = await openModel(options.model, options.offline, progress);
  try {
    const embedder = await embedderOf(checkpoint, options);
    return await work(embedder).finally(() => embedder.dispose());
  } finally {
    await checkpoint.close();
  }
}

/** The embedder of an open checkpoint. */
export async function embedderOf(
  checkpoint: Checkpoint,
  { pooledLayer, backend, threads }: EmbedderOptions,
): Promise<SpeakerEmbedder> {
  return createSpeakerEmbedder({
    model: checkpoint,
    backend: await loadBackend(backend, threads),
    ...(pooledLayer !== undefined && { pooledLayer }),
  });
}
