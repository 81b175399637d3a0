import { describe, expect, it } from "vitest";
import { frameClock } from "./frame-clock.js";

describe("a frame's seconds", () => {
  it("are its number times the frame's length, without the noise of floating point", () => {
    const { start, end } = frameClock(0.02);
    expect([start(0), start(58), start(2.5), end(0), end(58)]).toEqual([0, 1.16, 0.05, 0, 1.16]);
  });

  it("are earlier by the network's delay, but not before the recording, and nothing ends where it begins", () => {
    const { start, end } = frameClock(0.02, 0.066);
    expect([start(58), end(60)]).toEqual([1.094, 1.134]);
    expect([start(0), start(3), end(1), end(3), end(4)]).toEqual([0, 0, 0.02, 0.02, 0.02]);
    expect(end(5)).toBe(0.034);
  });
});
