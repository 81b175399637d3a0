// Windows of one recording in which a model numbered the speakers anew each time, put together.
import { linearSumAssignment } from "linear-sum-assignment";

/** How probable it is that each speaker speaks, frame by frame. */
export interface Activity {
  /** [frames, speakers], 0 to 1. */
  readonly probabilities: Float32Array;
  readonly frames: number;
  readonly speakers: number;
}

/**
 * Joins windows that overlap. The speakers of each are renumbered so that they agree best with what is there already,
 * and where windows overlap one fades into the other.
 *
 * @param parts in order, each beginning before the end of the one before
 */
export function joinActivities(parts: readonly (Activity & { readonly firstFrame: number })[]): Activity {
  const [speakers, last] = [parts[0]!.speakers, parts.at(-1)!]; // a recording has a window
  const frames = last.firstFrame + last.frames;
  const joined = new Float32Array(frames * speakers);
  let known = 0; // frames filled so far
  for (const { probabilities, firstFrame, frames: count } of parts) {
    const shared = Math.max(0, Math.min(known - firstFrame, count));
    const there = joined.subarray(firstFrame * speakers, (firstFrame + shared) * speakers);
    const order = bestOrder(there, probabilities, shared, speakers);
    for (let frame = 0; frame < count; frame++) {
      const fade = frame < shared ? (frame + 0.5) / shared : 1;
      for (let s = 0; s < speakers; s++) {
        const at = (firstFrame + frame) * speakers + s;
        joined[at] = (1 - fade) * joined[at]! + fade * probabilities[frame * speakers + order[s]!]!;
      }
    }
    known = Math.max(known, firstFrame + count);
  }
  return { probabilities: joined, frames, speakers };
}

/** For each speaker there is, who of the new window it is: the order with the least sum of differences. */
function bestOrder(there: Float32Array, next: Float32Array, frames: number, speakers: number): number[] {
  const same = Array.from({ length: speakers }, (_, s) => s);
  if (frames === 0 || speakers === 1) return same;
  const costs = same.map((s) =>
    same.map((other) => {
      let sum = 0;
      for (let frame = 0; frame < frames; frame++)
        sum += Math.abs(there[frame * speakers + s]! - next[frame * speakers + other]!);
      return sum;
    }),
  );
  const { rowAssignments } = linearSumAssignment(costs, { maximaze: false }); // the library's spelling
  return Array.from(rowAssignments, Number);
}
