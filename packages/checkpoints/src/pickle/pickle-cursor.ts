// Reads the arguments of pickle opcodes from bytes, never past their end.
import { FormatError } from "../errors.js";

/** The bytes given so far end inside the pickle: give more, or the file is cut. */
export class NeedMoreBytes extends Error {}

/** A position in the bytes of a pickle; advances with every read. */
export class PickleCursor {
  private readonly view: DataView;
  private readonly utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

  constructor(
    readonly file: string,
    private readonly bytes: Uint8Array,
    public at: number,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  private advance(count: number): number {
    if (count > this.bytes.length - this.at) throw new NeedMoreBytes();
    const from = this.at;
    this.at += count;
    return from;
  }

  uint8(): number {
    return this.view.getUint8(this.advance(1));
  }
  uint16(): number {
    return this.view.getUint16(this.advance(2), true);
  }
  uint32(): number {
    return this.view.getUint32(this.advance(4), true);
  }
  int32(): number {
    return this.view.getInt32(this.advance(4), true);
  }
  float64(): number {
    return this.view.getFloat64(this.advance(8), false); // BINFLOAT is big-endian
  }

  /** An 8-byte length. */
  uint64(): number {
    const value = this.view.getBigUint64(this.advance(8), true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER))
      throw new FormatError(this.file, `the pickle declares a length of ${value}; it is damaged or hostile`);
    return Number(value);
  }

  slice(length: number): Uint8Array {
    const from = this.advance(length);
    return this.bytes.slice(from, from + length);
  }

  text(length: number): string {
    const from = this.advance(length);
    try {
      return this.utf8.decode(this.bytes.subarray(from, from + length));
    } catch {
      throw new FormatError(this.file, "the pickle holds text that is not UTF-8; it is damaged");
    }
  }

  /** Text up to a newline, for GLOBAL; module and class names are short. */
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) {
      if (this.bytes.length - this.at > 1024)
        throw new FormatError(this.file, "the pickle names a global of more than 1024 bytes");
      throw new NeedMoreBytes();
    }
    const text = this.text(end - this.at);
    this.at++;
    return text;
  }

  /** A little-endian two's complement integer; a bigint where a number would round. */
  long(length: number): number | bigint {
    if (length < 0 || length > 1024)
      throw new FormatError(
        this.file,
        `the pickle declares an integer of ${length} bytes; it is damaged or hostile`,
      );
    let value = 0n;
    for (const byte of this.slice(length).reverse()) value = (value << 8n) | BigInt(byte);
    if (length > 0) value = BigInt.asIntN(length * 8, value);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
}
