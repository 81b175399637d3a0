// From frames to seconds, for networks that say a symbol some time after its sound.

/** When what lies in frames begins and ends, in seconds. */
export interface FrameClock {
  /** @param frame where it begins; may lie within a frame */
  start(frame: number): number;
  /** @param frame where it ends: that of its last plus one; never earlier than the end of the first frame */
  end(frame: number): number;
}

/**
 * Frame i starts at i times `secondsPerFrame`, less the delay, and not before the recording.
 *
 * @param emissionDelay seconds by which the network's symbols come after their sounds. Nothing in CTC's loss says
 *   where within a word a symbol belongs, so that each training settles on a delay of its own
 * @see https://arxiv.org/abs/2005.03271 for what such delays are, and how training may hold them down
 */
export function frameClock(secondsPerFrame: number, emissionDelay = 0): FrameClock {
  const rounded = (seconds: number) => Number(seconds.toFixed(6)); // 58 * 0.02 is 1.1600000000000001
  return {
    start: (frame) => rounded(Math.max(0, frame * secondsPerFrame - emissionDelay)),
    end: (frame) =>
      rounded(Math.max(Math.min(frame, 1) * secondsPerFrame, frame * secondsPerFrame - emissionDelay)),
  };
}
