import { describe, expect, it } from "vitest";
import { joinArrays } from "./join-arrays.js";

const memory = () => Float32Array.of(1, 2, 3, 4, 5, 6);

describe("joined arrays", () => {
  it("are a view of arrays that lie one after another", () => {
    const all = memory();
    const joined = joinArrays([all.subarray(1, 2), all.subarray(2, 4), all.subarray(4, 5)]);
    expect([...joined]).toEqual([2, 3, 4, 5]);
    expect(joined.buffer).toBe(all.buffer);
  });

  it.each<[why: string, parts: (all: Float32Array) => Float32Array[], expected: number[]]>([
    ["in another order", (all) => [all.subarray(2, 4), all.subarray(0, 2)], [3, 4, 1, 2]],
    ["with a gap", (all) => [all.subarray(0, 2), all.subarray(3, 5)], [1, 2, 4, 5]],
    ["that overlap", (all) => [all.subarray(0, 3), all.subarray(2, 4)], [1, 2, 3, 3, 4]],
    ["of several buffers", (all) => [all.subarray(0, 2), memory().subarray(2, 4)], [1, 2, 3, 4]],
  ])("are a copy of arrays %s", (_why, parts, expected) => {
    const all = memory();
    const joined = joinArrays(parts(all));
    expect([...joined]).toEqual(expected);
    joined.fill(0);
    expect([...all]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("of nothing are empty", () => {
    expect(joinArrays([])).toHaveLength(0);
  });
});
