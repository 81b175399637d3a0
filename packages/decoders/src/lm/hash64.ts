// 64-bit arithmetic in two 32-bit halves: MurmurHash64A of words and KenLM's combination of word ids.

/** A 64-bit accumulator; `high` and `low` are signed 32-bit halves. */
export class Hash64 {
  high = 0;
  low = 0;

  /** Multiplies by a 64-bit constant modulo 2^64. */
  multiply(high: number, low: number): void {
    const [a, b] = [this.low >>> 16, this.low & 0xffff];
    const [c, d] = [low >>> 16, low & 0xffff];
    // high word of low * low, from 16-bit limbs
    const overflow = a * c + Math.floor((a * d + b * c + Math.floor((b * d) / 65536)) / 65536);
    this.high = (Math.imul(this.high, low) + Math.imul(this.low, high) + overflow) | 0;
    this.low = Math.imul(this.low, low);
  }

  /** MurmurHash64A of bytes with seed 0, KenLM's hash of a word. @see https://github.com/aappleby/smhasher */
  ofBytes(bytes: Uint8Array): void {
    const [mHigh, mLow] = [0xc6a4a793, 0x5bd1e995];
    this.high = 0;
    this.low = bytes.length;
    this.multiply(mHigh, mLow);
    let [high, low] = [this.high, this.low];
    const whole = bytes.length & ~7;
    for (let at = 0; at < whole; at += 8) {
      this.low = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
      this.high = bytes[at + 4]! | (bytes[at + 5]! << 8) | (bytes[at + 6]! << 16) | (bytes[at + 7]! << 24);
      this.multiply(mHigh, mLow);
      this.low ^= this.high >>> 15; // x ^= x >> 47
      this.multiply(mHigh, mLow);
      this.high ^= high;
      this.low ^= low;
      this.multiply(mHigh, mLow);
      [high, low] = [this.high, this.low];
    }
    this.high = high;
    this.low = low;
    if (whole < bytes.length) {
      for (let i = whole; i < bytes.length; i++) {
        const shift = (i - whole) * 8;
        if (shift < 32) this.low ^= bytes[i]! << shift;
        else this.high ^= bytes[i]! << (shift - 32);
      }
      this.multiply(mHigh, mLow);
    }
    this.low ^= this.high >>> 15;
    this.multiply(mHigh, mLow);
    this.low ^= this.high >>> 15;
  }

  /** this = this * 8978948897894561157 ^ (1 + word) * 17894857484156487943: KenLM's key of an n-gram read backwards. */
  combine(word: number): void {
    this.multiply(0x7c9ba273, 0x3b63f585);
    const [high, low] = [this.high, this.low];
    this.high = word === 0xffffffff ? 1 : 0;
    this.low = (word + 1) | 0;
    this.multiply(0xf8574e12, 0x21634907);
    this.high ^= high;
    this.low ^= low;
  }

  /** @returns this modulo `buckets`, for fewer than 2^37 buckets */
  modulo(buckets: number): number {
    let rest = (this.high >>> 0) % buckets;
    rest = (rest * 65536 + (this.low >>> 16)) % buckets;
    return (rest * 65536 + (this.low & 0xffff)) % buckets;
  }
}
