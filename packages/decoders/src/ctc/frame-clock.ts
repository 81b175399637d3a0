// From frames to seconds, for networks that say a symbol some time after its sound.

/** Seconds at which a frame begins, or the one before it ends; a frame may be a fraction. Later frames are later. */
export type FrameClock = (frame: number) => number;

/**
 * Frame i is at i times `secondsPerFrame`, less the delay. What lies before twice the delay is moved by half its
 * time instead, so that nothing is before the recording and nothing falls together.
 *
 * @param emissionDelay seconds by which the network's symbols come after their sounds. Nothing in CTC's loss says
 *   where within a word a symbol belongs, so that each training settles on a delay of its own
 * @see https://arxiv.org/abs/2005.03271 for what such delays are, and how training may hold them down
 */
export function frameClock(secondsPerFrame: number, emissionDelay = 0): FrameClock {
  return (frame) => {
    const seconds = frame * secondsPerFrame;
    return Number(Math.max(seconds - emissionDelay, seconds / 2).toFixed(6)); // 58 * 0.02 is 1.1600000000000001
  };
}
