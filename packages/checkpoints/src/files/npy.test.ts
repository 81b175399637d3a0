import { describe, expect, it } from "vitest";
import { readNpy } from "./npy.js";
import { bytesAccess } from "./random-access.js";

/** A file as numpy.save writes it: the header is padded with spaces to a multiple of 64 and ends in a new line. */
function npy(header: string, data: ArrayBufferView, version = 1): Uint8Array {
  const at = version === 1 ? 10 : 12;
  const padded = header.padEnd(Math.ceil((at + header.length + 1) / 64) * 64 - at - 1) + "\n";
  const start = new Uint8Array(at + padded.length);
  start.set([0x93, ...new TextEncoder().encode("NUMPY"), version, 0]);
  const view = new DataView(start.buffer);
  if (version === 1) view.setUint16(8, padded.length, true);
  else view.setUint32(8, padded.length, true);
  start.set(new TextEncoder().encode(padded), at);
  return Uint8Array.from([...start, ...new Uint8Array(data.buffer)]);
}
const header = (descr: string, shape: string, order = "False") =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${shape}), }`;
const read = async (bytes: Uint8Array) => {
  const { shape, ...handle } = await readNpy(bytesAccess("x.npy", bytes));
  return { shape, values: [...(await handle.read())] };
};

describe("readNpy", () => {
  it.each([1, 2, 3])("reads version %i", async (version) => {
    const bytes = npy(header("<f4", "2, 3"), Float32Array.of(1, 2, 3, 4, 5, -Infinity), version);
    expect(await read(bytes)).toEqual({ shape: [2, 3], values: [1, 2, 3, 4, 5, -Infinity] });
  });

  it("reads doubles, halves, integers, and arrays in column order", async () => {
    expect(await read(npy(header("<f8", "2,"), Float64Array.of(0.5, 3)))).toEqual({
      shape: [2],
      values: [0.5, 3],
    });
    expect((await read(npy(header("<f2", "2,"), Uint16Array.of(0x3c00, 0xc000)))).values).toEqual([1, -2]);
    expect((await read(npy(header("|u1", "1, 2"), Uint8Array.of(7, 200)))).values).toEqual([7, 200]);
    const columns = npy(header("<i4", "2, 3", "True"), Int32Array.of(1, 4, 2, 5, 3, 6));
    expect((await read(columns)).values).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("refuses what it would read wrongly", async () => {
    const good = npy(header("<f4", "2, 3"), new Float32Array(6));
    await expect(read(good.subarray(0, good.length - 1))).rejects.toThrow(/cut or damaged/);
    for (let cut = 0; cut < 80; cut += 7) await expect(read(good.subarray(0, cut))).rejects.toThrow(/x\.npy/);
    await expect(read(npy(header(">f4", "2,"), new Float32Array(2)))).rejects.toThrow(
      "holds numbers of type >f4; expected <f8, <f4",
    );
    await expect(read(npy("{'descr': [('a', '<f4')]}", new Float32Array(2)))).rejects.toThrow(
      "expected one plain array",
    );
    await expect(read(npy(header("|O", "2,"), new Float32Array(2)))).rejects.toThrow("type |O");
  });
});
