// Bytes that are read where they are needed: a file of any size through a small cache of pages, or an array as it is.

/**
 * A file that can be read at any place, synchronously: a search cannot wait for each score. In Node this is
 * `fs.readSync`, in a worker `FileReaderSync` or an OPFS access handle; elsewhere pass the whole file as bytes.
 */
export interface ByteSource {
  readonly size: number;
  /** @returns exactly `length` bytes at `offset`, fewer only at the end of the file */
  read(offset: number, length: number): Uint8Array;
}

const PAGE = 1 << 16;

/** Little-endian numbers at any byte or bit of a source. Offsets beyond the end read as zero bytes. */
export class PagedBytes {
  readonly size: number;
  readonly #source: ByteSource | undefined;
  readonly #pages = new Map<number, Uint8Array>();
  readonly #largestPageCount: number;
  #page: Uint8Array;
  #pageStart = 0;
  readonly #scratch = new DataView(new ArrayBuffer(4));

  /** @param cacheBytes how much of a `ByteSource` is kept in memory */
  constructor(source: ByteSource | Uint8Array, cacheBytes = 1 << 26) {
    const isWhole = source instanceof Uint8Array;
    this.size = isWhole ? source.length : source.size;
    this.#source = isWhole ? undefined : source;
    this.#page = isWhole ? source : new Uint8Array(0);
    this.#largestPageCount = Math.max(2, Math.floor(cacheBytes / PAGE));
  }

  u8(offset: number): number {
    const at = offset - this.#pageStart;
    if (at >= 0 && at < this.#page.length) return this.#page[at]!;
    return this.#turnTo(offset);
  }

  u32(offset: number): number {
    const at = offset - this.#pageStart;
    const page = this.#page;
    if (at >= 0 && at + 3 < page.length) {
      return (page[at]! | (page[at + 1]! << 8) | (page[at + 2]! << 16) | (page[at + 3]! << 24)) >>> 0;
    }
    return (
      (this.u8(offset) |
        (this.u8(offset + 1) << 8) |
        (this.u8(offset + 2) << 16) |
        (this.u8(offset + 3) << 24)) >>>
      0
    );
  }

  /** @returns a 64-bit count, which must be below 2^53 to be exact */
  u64(offset: number): number {
    return this.u32(offset + 4) * 2 ** 32 + this.u32(offset);
  }

  f32(offset: number): number {
    return this.asFloat(this.u32(offset));
  }

  /** @returns the number whose IEEE 754 bits are `bits` */
  asFloat(bits: number): number {
    this.#scratch.setUint32(0, bits);
    return this.#scratch.getFloat32(0);
  }

  /** @returns `count` (at most 53) bits at a bit offset after byte `base`, least significant first */
  bits(base: number, bitOffset: number, count: number): number {
    if (count === 0) return 0;
    const byte = base + Math.floor(bitOffset / 8);
    const shift = bitOffset % 8;
    const low = this.u32(byte) >>> shift;
    const lowCount = 32 - shift;
    if (count <= lowCount) return count === 32 ? low : low & (2 ** count - 1);
    const highCount = count - lowCount;
    const high = this.u32(byte + 4);
    return low + (highCount >= 32 ? high : (high & (2 ** highCount - 1)) >>> 0) * 2 ** lowCount;
  }

  /** @returns a copy of `length` bytes */
  slice(offset: number, length: number): Uint8Array {
    if (this.#source !== undefined) return this.#source.read(offset, length);
    return this.#page.slice(offset, offset + length);
  }

  #turnTo(offset: number): number {
    if (this.#source === undefined || offset < 0 || offset >= this.size) return 0;
    const index = Math.floor(offset / PAGE);
    let page = this.#pages.get(index);
    if (page === undefined) {
      page = this.#source.read(index * PAGE, Math.min(PAGE, this.size - index * PAGE));
      // the page used longest ago is the first in insertion order
      if (this.#pages.size >= this.#largestPageCount) this.#pages.delete(this.#pages.keys().next().value!);
    } else this.#pages.delete(index);
    this.#pages.set(index, page);
    this.#page = page;
    this.#pageStart = index * PAGE;
    return page[offset - this.#pageStart] ?? 0;
  }
}
