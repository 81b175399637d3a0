// Several arrays as one: a view where they lie one after another in memory, as tensors of a file do, else a copy.

/**
 * Joins arrays in their order.
 *
 * @returns may share the memory of `parts`, so it is not to be written to
 */
export function joinArrays(parts: readonly Float32Array[]): Float32Array {
  const size = parts.reduce((sum, { length }) => sum + length, 0);
  const [first] = parts;
  if (first && followEachOther(parts)) return new Float32Array(first.buffer, first.byteOffset, size);
  const joined = new Float32Array(size);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function followEachOther(parts: readonly Float32Array[]): boolean {
  return parts.every(({ buffer, byteOffset }, i) => {
    const before = parts[i - 1];
    return !before || (before.buffer === buffer && before.byteOffset + before.byteLength === byteOffset);
  });
}
