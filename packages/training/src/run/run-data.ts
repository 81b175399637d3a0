// The train or dev part of a configuration, opened and reported.
import type { dataFields } from "../config/fields.js";
import { defectPolicy } from "../config/parse-config.js";
import type { CtcConfig } from "../config/ctc-config.js";
import { openClips, type ClipRequirements, type Clips } from "../data/clips.js";
import { countDefects } from "../data/defects.js";
import type { Entry } from "../data/entry.js";
import { readEntries } from "../data/read-entries.js";
import { TrainingError, type TrainingEvent } from "./events.js";

type DataFields = Pick<CtcConfig["data"], keyof typeof dataFields>;

/** Tells how far the noise of a configuration is checked. */
export const readingNoise =
  (onEvent: (event: TrainingEvent) => void) =>
  (done: number, total: number): void =>
    onEvent({ type: "reading", part: "noise", done, total });

/** Opens the train part, and the dev part where there is one; see `openPart`. */
export async function openParts(
  data: DataFields,
  ...rest: Tail<Parameters<typeof openPart>>
): Promise<{ readonly train: Clips; readonly dev: Clips | undefined }> {
  const train = await openPart("train", data, ...rest);
  return { train, dev: data.dev.length > 0 ? await openPart("dev", data, ...rest) : undefined };
}
type Tail<P> = P extends [unknown, unknown, ...infer R] ? R : never;

/**
 * Opens every recording of a part.
 *
 * @param shortest fewest samples that the model takes
 * @param choose which entries belong to the part; default all
 * @throws TrainingError if no recording is usable
 */
export async function openPart(
  part: "train" | "dev",
  data: DataFields,
  {
    shortest,
    choose = () => true,
    ...model
  }: Pick<ClipRequirements, "spelling" | "lack" | "framesOf" | "reader"> & {
    readonly shortest: number;
    readonly choose?: (entry: Entry) => boolean;
  },
  onEvent: (event: TrainingEvent) => void,
  signal: AbortSignal | undefined,
): Promise<Clips> {
  const entries = (await Promise.all(data[part].map(readEntries))).flat().filter(choose);
  const opened = await openClips(entries, {
    ...model,
    minSamples: Math.max(shortest, Math.round(data.minSeconds * 16_000)),
    maxSamples: Math.round(data.maxSeconds * 16_000),
    defects: defectPolicy(data.defects),
    cacheBytes: data.cacheMegabytes * 2 ** 20,
    onDefect: (defect) => onEvent({ type: "defect", part, defect }),
    onProgress: (done, total) => onEvent({ type: "reading", part, done, total }),
    ...(signal && { signal }),
  });
  const seconds = opened.clips.reduce((sum, { samples }) => sum + samples / 16_000, 0);
  const defects = countDefects(opened.defects);
  onEvent({ type: "data", part, clips: opened.clips.length, seconds, defects });
  if (opened.clips.length === 0)
    throw new TrainingError(
      `data: none of the ${entries.length} recordings of ${part} can be used: ${JSON.stringify(defects)}; the first: ${opened.defects[0]!.detail}`,
    );
  return opened;
}
