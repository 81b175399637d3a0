// Cuts a stream of samples into windows that the model can take, and says which frames of each to keep.

/** How long audio is cut. All lengths in samples; both must be multiples of the model's hop. */
export interface WindowPlan {
  /** New samples per window. */
  readonly core: number;
  /** Samples of context on each side, whose frames are dropped. */
  readonly context: number;
  /** Samples from one frame to the next. */
  readonly hop: number;
}

/** One piece of a recording. */
export interface Window {
  readonly samples: Float32Array;
  /** Frames to drop at the start: they belong to the window before. */
  readonly firstFrame: number;
  /** Frames to keep; undefined for the last window, which keeps all that follow. */
  readonly frames?: number;
  /** Samples of the recording up to the end of this window's own part. */
  readonly samplesDone: number;
  /** Samples in its own part: those that no window before has counted. */
  readonly newSamples: number;
}

/**
 * Cuts blocks of any size into overlapping windows whose kept frames, in order, are exactly the frames of the whole.
 *
 * A recording of at most `core + 2 * context` samples is one window: nothing is cut that need not be. No window is
 * longer than `core + 3 * context`, and at most one window and one block are held at a time.
 */
export async function* windowsOf(
  blocks: AsyncIterable<Float32Array> | Iterable<Float32Array>,
  plan: WindowPlan,
): AsyncGenerator<Window> {
  const { core, context, hop } = plan;
  const longest = core + 2 * context; // of new samples; beyond it a window can be cut off
  let held = new Float32Array(0); // from `context` before the next core
  let before = 0; // samples of context at the start of `held`
  let done = 0;
  for await (const block of pieces(blocks, core)) {
    held = concat(held, block);
    while (held.length - before > longest) {
      const samples = held.slice(0, before + core + context);
      done += core;
      yield { samples, firstFrame: before / hop, frames: core / hop, samplesDone: done, newSamples: core };
      const start = Math.max(0, before + core - context); // at first there may be less than a whole context
      held = held.slice(start);
      before += core - start;
    }
  }
  const rest = held.length - before;
  yield { samples: held, firstFrame: before / hop, samplesDone: done + rest, newSamples: rest };
}

/** Blocks of at most `size`: appending a piece must not copy an hour. */
async function* pieces(
  blocks: AsyncIterable<Float32Array> | Iterable<Float32Array>,
  size: number,
): AsyncGenerator<Float32Array> {
  for await (const block of blocks)
    for (let at = 0; at < block.length; at += size) yield block.subarray(at, at + size);
}

function concat(a: Float32Array, b: Float32Array): Float32Array<ArrayBuffer> {
  const joined = new Float32Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
