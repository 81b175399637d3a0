import { describe, expect, it } from "vitest";
import { frameClock } from "./frame-clock.js";

describe("a frame's seconds", () => {
  it("are its number times the frame's length, without the noise of floating point", () => {
    expect([0, 0.5, 2.5, 58].map(frameClock(0.02))).toEqual([0, 0.01, 0.05, 1.16]);
  });

  it("are earlier by the network's delay, yet within the recording and in order", () => {
    const seconds = Array.from({ length: 60 }, (_, frame) => frameClock(0.02, 0.066)(frame));
    expect([seconds[0], seconds[3], seconds[7], seconds[58]]).toEqual([0, 0.03, 0.074, 1.094]);
    seconds.slice(1).forEach((later, i) => expect(later).toBeGreaterThan(seconds[i]!));
  });
});
