// Memory of tensors that ended, for the next ones: fresh pages cost more than the arithmetic that fills them.

/** Buffers in host memory, handed out and taken back. */
export interface HostMemory {
  /** A buffer of at least `bytes` bytes, holding anything. */
  take(bytes: number): ArrayBuffer;
  /** Nobody uses a buffer that was taken any more. */
  giveBack(buffer: ArrayBuffer): void;
}

/** Smaller ones come from the runtime's heap, which is as quick. */
const LEAST_BYTES = 2 ** 16;
/** A buffer serves what needs at least half of it. */
const LARGEST_SHARE = 2;

/** In use and kept, of what was ever in use at once: recordings differ in length, so that not every buffer fits twice. */
const KEPT_SHARE = 1.5;

/** Memory that is reused; what no longer fits is let go of, smallest first. */
export function hostMemory(): HostMemory {
  let free: ArrayBuffer[] = []; // by size
  let freeBytes = 0;
  let usedBytes = 0;
  let mostUsed = 0;
  return {
    take(bytes) {
      if (bytes < LEAST_BYTES) return new ArrayBuffer(bytes);
      const at = free.findIndex(({ byteLength }) => byteLength >= bytes);
      const fits = at >= 0 && free[at]!.byteLength <= LARGEST_SHARE * bytes;
      const buffer = fits ? free.splice(at, 1)[0]! : new ArrayBuffer(bytes);
      if (fits) freeBytes -= buffer.byteLength;
      usedBytes += buffer.byteLength;
      mostUsed = Math.max(mostUsed, usedBytes);
      while (freeBytes > 0 && usedBytes + freeBytes > KEPT_SHARE * mostUsed)
        freeBytes -= free.shift()!.byteLength; // there is one
      return buffer;
    },
    giveBack(buffer) {
      if (buffer.byteLength < LEAST_BYTES) return;
      usedBytes -= buffer.byteLength;
      freeBytes += buffer.byteLength;
      const at = free.findIndex(({ byteLength }) => byteLength >= buffer.byteLength);
      free = at < 0 ? [...free, buffer] : free.toSpliced(at, 0, buffer);
    },
  };
}
