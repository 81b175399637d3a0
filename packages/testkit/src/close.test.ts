import { describe, expect, it } from "vitest";
import { expectClose, worstDifference } from "./close.js";

describe("expectClose", () => {
  it("names the worst element by its position", () => {
    expect(() => expectClose([1, 2, 3, 4.5, 5, 6.1], [1, 2, 3, 4, 5, 6], 1e-3, [2, 3], "y")).toThrow(
      "y: element [1, 0] of [2, 3] is 4.5; expected 4 (off by 8.3e-2 of the scale, allowed 1.0e-3)",
    );
  });

  it("measures against the largest expected number", () => {
    expect(worstDifference([1e-9, 100], [0, 100]).relative).toBeCloseTo(1e-11, 15);
  });

  it("takes equal infinities and NaN beside NaN as equal, nothing else", () => {
    expectClose([NaN, -Infinity], [NaN, -Infinity], 0);
    expect(() => expectClose([NaN], [1], 1)).toThrow("is NaN; expected 1");
    expect(() => expectClose([-Infinity], [Infinity], 1)).toThrow("is -Infinity; expected Infinity");
    expect(() => expectClose([1], [NaN], 1)).toThrow("expected NaN");
  });

  it("refuses another number of elements", () => {
    expect(() => expectClose([1], [1, 2], 1)).toThrow("has 1 elements; expected 2");
  });
});
