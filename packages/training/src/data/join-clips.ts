// Clips in pairs: a model that has only heard single phrases reads long recordings badly, above all around pauses.
import type { Random } from "../random.js";

/** Clips and what they say. */
interface LabelledClips {
  readonly names: readonly string[];
  readonly clips: readonly Float32Array[];
  readonly labels: readonly Int32Array[];
}

/** How clips are joined. */
export interface JoinRules {
  /** Share of batches whose clips are joined. */
  readonly probability: number;
  /** Shortest and longest pause between the two. */
  readonly pauseSeconds: readonly [number, number];
}

const SAMPLE_RATE = 16_000; // Hz
const QUIET = SAMPLE_RATE / 50; // what is listened to for the noise of a pause

/**
 * Half as many clips, each of two that follow one another, or the batch as it is. A last clip without a partner stays
 * alone. In a pause there is white noise, at most as loud as the quietest moment of the first clip.
 *
 * @param delimiter id of what stands between words; absent in vocabularies without it
 */
export function joinClips(
  batch: LabelledClips,
  delimiter: number | undefined,
  { probability, pauseSeconds: [shortest, longest] }: JoinRules,
  random: Random,
): LabelledClips {
  if (random.uniform() >= probability) return batch;
  const between = delimiter === undefined ? [] : [delimiter];
  const names: string[] = [];
  const clips: Float32Array[] = [];
  const labels: Int32Array[] = [];
  for (let i = 0; i < batch.clips.length; i += 2) {
    const [first, second] = [batch.clips[i]!, batch.clips[i + 1]]; // i < length
    if (!second) {
      names.push(batch.names[i]!);
      clips.push(first);
      labels.push(batch.labels[i]!);
      continue;
    }
    const seconds = shortest + (longest - shortest) * random.uniform();
    const pause = noise(Math.round(seconds * SAMPLE_RATE), quietestLevel(first) * random.uniform(), random);
    names.push(`${batch.names[i]!}, ${batch.names[i + 1]!}`);
    clips.push(concatenated([first, pause, second]));
    labels.push(Int32Array.from([...batch.labels[i]!, ...between, ...batch.labels[i + 1]!]));
  }
  return { names, clips, labels };
}

/** Root mean square of the quietest fiftieth of a second. */
function quietestLevel(samples: Float32Array): number {
  let quietest = Infinity;
  for (let from = 0; from + QUIET <= samples.length; from += QUIET) {
    let squares = 0;
    for (let i = from; i < from + QUIET; i++) squares += samples[i]! ** 2;
    quietest = Math.min(quietest, squares);
  }
  return quietest === Infinity ? 0 : Math.sqrt(quietest / QUIET);
}

function noise(length: number, level: number, random: Random): Float32Array {
  return Float32Array.from({ length }, () => level * random.normal());
}

function concatenated(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
