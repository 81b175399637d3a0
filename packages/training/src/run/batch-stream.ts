// The batches of a run: in a seeded order without end, read ahead, without what cannot be read any more.
import { epochBatches, type BatchOptions } from "../data/batches.js";
import { DefectError, type Defect } from "../data/defects.js";
import { createRandom, type Random } from "../random.js";
import type { RunState } from "./checkpoint-folders.js";
import { TrainingError } from "./events.js";

/** The clips of a run. */
export interface LoopData<Batch> {
  /** Names and samples of the clips. */
  readonly clips: readonly { readonly name: string; readonly samples: number }[];
  /**
   * @param seed of random changes to this clip in this epoch
   * @throws DefectError if the recording has gone; one that is to be skipped is left out of its batch
   */
  load(index: number, seed: number): Promise<Float32Array>;
  /** May draw random numbers. */
  collate(indices: Int32Array, clips: Float32Array[], random: Random): Batch;
}

/** A batch that was used. */
export interface Taken {
  readonly indices: Int32Array;
  readonly epoch: number;
  /** Of this batch in the epoch. */
  readonly position: number;
  readonly seconds: number;
}

type Prepared = Omit<Taken, "seconds"> & { readonly clips: Promise<(Float32Array | Defect)[]> };

/** Batches without end from where a run stands; the clips of the next are read while one is in use. */
export function* batchStream<Batch>(
  { clips, load }: LoopData<Batch>,
  { batch, seed }: { readonly batch: BatchOptions; readonly seed: number },
  { epoch: firstEpoch, position: firstPosition }: RunState,
): Generator<Prepared, never> {
  let next: Prepared | undefined;
  for (let epoch = firstEpoch, position = firstPosition; ; epoch++, position = 0) {
    const order = createRandom((seed ^ Math.imul(epoch + 1, 0x9e3779b9)) >>> 0);
    const batches = epochBatches(clips, batch, order);
    for (; position < batches.length; position++) {
      const indices = batches[position]!; // position < length
      const seedOf = (index: number) => mixed(seed, epoch, index);
      const loaded = Array.from(indices, (index) => load(index, seedOf(index)).catch(skipped));
      const prepared = { indices, epoch, position, clips: Promise.all(loaded) };
      prepared.clips.catch(() => undefined); // told to whoever takes it
      if (next) yield next;
      next = prepared;
    }
  }
}

/** A defect that is to be skipped becomes a value. */
function skipped(error: unknown): Defect {
  if (error instanceof DefectError && error.policy === "skip") return error.defect;
  throw error;
}

/** A seed for each clip of each epoch, so that its changes depend neither on others nor on who makes them when. */
function mixed(seed: number, epoch: number, index: number): number {
  return createRandom(
    (seed ^ Math.imul(epoch + 1, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35)) >>> 0,
  ).uint32();
}

/**
 * The batches of one update. Recordings that have gone, and are to be skipped, are told and left out; a batch of which
 * nothing is left is passed over.
 *
 * @param count batches of one update
 * @param taken gets each batch that is given
 * @throws TrainingError if nothing is left of a whole epoch
 */
export async function* take<Batch>(
  stream: Generator<Prepared, never>,
  data: LoopData<Batch>,
  count: number,
  random: Random,
  taken: Taken[],
  onGone: (defect: Defect) => void,
): AsyncGenerator<Batch> {
  let emptySince: number | undefined;
  while (taken.length < count) {
    const { indices: planned, epoch, position, clips } = stream.next().value;
    const found = await clips;
    const there = found.filter((clip) => clip instanceof Float32Array);
    for (const clip of found) if (!(clip instanceof Float32Array)) onGone(clip);
    if (there.length === 0) {
      emptySince ??= epoch;
      if (epoch > emptySince + 1)
        throw new TrainingError("data: none of the recordings to train on can be read any more; bring them back and resume"); // prettier-ignore
      continue;
    }
    const indices = planned.filter((_, i) => found[i] instanceof Float32Array);
    const seconds = indices.reduce((sum, index) => sum + data.clips[index]!.samples / 16_000, 0);
    taken.push({ indices, epoch, position, seconds });
    yield data.collate(indices, there, random);
  }
}
