// What tells two models apart, wherever they lie and whatever they are called.
import type { Checkpoint } from "@wav2vec/checkpoints";

/** Tensors of more elements are told apart by their shape alone: reading all of a large model takes seconds. */
const MOST_ELEMENTS = 2 ** 16;

/**
 * A hash of a checkpoint's weights: names, types and shapes of all, values of those up to 65,536 elements. These are
 * every bias, norm and small matrix, which no training leaves as they were.
 *
 * @param use what else decides the result, such as the layer that is pooled
 * @returns 64 hexadecimal digits, SHA-256
 */
export async function modelFingerprint({ weights }: Checkpoint, use: string): Promise<string> {
  const parts: Uint8Array[] = [];
  const add = (text: string) => void parts.push(new TextEncoder().encode(text));
  add(use);
  const sorted = [...weights].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, handle] of sorted) {
    add(`\n${name} ${handle.dtype} ${handle.shape.join(" ")}\n`);
    if (handle.shape.reduce((a, b) => a * b, 1) > MOST_ELEMENTS) continue;
    const { buffer, byteOffset, byteLength } = await handle.read();
    parts.push(new Uint8Array(buffer, byteOffset, byteLength));
  }
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
