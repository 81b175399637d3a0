import { describe, expect, it } from "vitest";
import { toFloat32 } from "./element-types.js";

const bytesOf = (array: ArrayBufferView<ArrayBuffer>) =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** IEEE 754 binary16 by definition, to check the fast path against. */
function halfByDefinition(half: number): number {
  const [sign, exponent, mantissa] = [half >> 15 ? -1 : 1, (half >> 10) & 31, half & 1023];
  if (exponent === 31) return mantissa ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? mantissa * 2 ** -24 : (1 + mantissa / 1024) * 2 ** (exponent - 15));
}

describe("element types", () => {
  it("turns every float16 into its exact float32", () => {
    const halves = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const values = toFloat32("F16", bytesOf(halves));
    for (const half of halves)
      if (!Object.is(values[half], halfByDefinition(half)))
        expect([half, values[half]]).toEqual([half, halfByDefinition(half)]);
  });

  it("turns long arrays of float16 into the same values as short ones", () => {
    const halves = Uint16Array.from({ length: 70_000 }, (_, i) => (i * 40503) % 65536);
    const values = toFloat32("F16", bytesOf(halves));
    const wrong = halves.findIndex((half, i) => !Object.is(values[i], halfByDefinition(half)));
    expect(wrong).toBe(-1);
  });

  it("turns every bfloat16 into its exact float32", () => {
    const halves = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const values = toFloat32("BF16", bytesOf(halves));
    const bits = new DataView(new ArrayBuffer(4));
    for (const half of halves) {
      bits.setUint32(0, half * 65536);
      if (!Object.is(values[half], bits.getFloat32(0)))
        expect([half, values[half]]).toEqual([half, bits.getFloat32(0)]);
    }
  });

  it.each([
    ["F64", new Float64Array([1.5, -0, 1e300]), [1.5, -0, Infinity]],
    ["F32", new Float32Array([1.5, -2]), [1.5, -2]],
    ["I64", new BigInt64Array([-3n, 2n ** 40n]), [-3, 2 ** 40]],
    ["U64", new BigUint64Array([2n ** 63n]), [2 ** 63]],
    ["I32", new Int32Array([-7]), [-7]],
    ["U32", new Uint32Array([2 ** 31]), [2 ** 31]],
    ["I16", new Int16Array([-300]), [-300]],
    ["U16", new Uint16Array([65535]), [65535]],
    ["I8", new Int8Array([-128]), [-128]],
    ["U8", new Uint8Array([255]), [255]],
    ["BOOL", new Uint8Array([1, 0]), [1, 0]],
  ] as const)("reads %s", (type, array, expected) => {
    expect([...toFloat32(type, bytesOf(array))]).toEqual(expected);
  });

  it("gives float32 that starts at a multiple of its own size without a copy", () => {
    const floats = new Float32Array([0, 3.25, -1]);
    const values = toFloat32("F32", bytesOf(floats.subarray(1)));
    expect([...values]).toEqual([3.25, -1]);
    expect(values.buffer).toBe(floats.buffer);
  });

  it("reads bytes that start at an odd address", () => {
    const bytes = new Uint8Array(9);
    bytes.set(bytesOf(new Float32Array([3.25, -1])), 1);
    expect([...toFloat32("F32", bytes.subarray(1))]).toEqual([3.25, -1]);
  });
});
