import { describe, expect, it } from "vitest";
import { bytesAccess, heldBytes } from "./random-access.js";

describe("bytes in memory", () => {
  it("are read into memory of their own, held or not", async () => {
    for (const access of [bytesAccess, heldBytes]) {
      const bytes = Uint8Array.of(1, 2, 3, 4);
      const read = await access("memory", bytes).read(1, 2);
      expect([...read, read.byteOffset, read.buffer.byteLength]).toEqual([2, 3, 0, 2]);
      read.fill(9);
      expect([...bytes]).toEqual([1, 2, 3, 4]);
    }
  });

  it("are seen where they lie when they are held", () => {
    const bytes = new Uint8Array(Uint8Array.of(0, 0, 1, 2, 3, 4).buffer, 2);
    const view = heldBytes("memory", bytes).view!(1, 2);
    expect([...view]).toEqual([2, 3]);
    expect([view.buffer === bytes.buffer, view.byteOffset]).toEqual([true, 3]);
  });

  it("are not seen where they lie when their owner may change them", () => {
    expect(bytesAccess("memory", Uint8Array.of(1)).view).toBeUndefined();
  });

  it.each([
    [-1, 1],
    [0, 5],
    [4, 1],
    [0.5, 1],
    [0, NaN],
  ])("end where the file ends: %d and %d more", (offset, length) => {
    const view = () => heldBytes("memory", new Uint8Array(4)).view!(offset, length);
    expect(view).toThrow(/memory: bytes .* were asked for; the file has 4; it is cut or damaged/);
  });
});
