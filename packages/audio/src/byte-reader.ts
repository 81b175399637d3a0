// Sequential reading of bytes from an asynchronous source: look ahead, take, skip. Not random access.

import { AudioError, causeText } from "./audio-error.js";

/** A cursor over bytes that arrive in chunks; holds only what was peeked and not yet taken. */
export class ByteReader {
  /** What is read, for messages. */
  readonly name: string;
  /** Bytes taken or skipped so far. */
  position = 0;
  #chunks: AsyncIterator<Uint8Array>;
  #held: Uint8Array = new Uint8Array(0);
  #signal: AbortSignal | undefined;

  constructor(name: string, chunks: AsyncIterator<Uint8Array>, signal?: AbortSignal) {
    this.name = name;
    this.#chunks = chunks;
    this.#signal = signal;
  }

  /** @returns the next `count` bytes without taking them; fewer only at the end */
  async peek(count: number): Promise<Uint8Array> {
    if (this.#held.length < count) {
      const parts: Uint8Array[] = [this.#held];
      for (let have = this.#held.length; have < count;) {
        const chunk = await this.#pull();
        if (chunk === null) break;
        parts.push(chunk);
        have += chunk.length;
      }
      this.#held = concatBytes(parts);
    }
    return this.#held.subarray(0, count);
  }

  /** @returns the next `count` bytes; fewer only at the end */
  async take(count: number): Promise<Uint8Array> {
    const bytes = await this.peek(count);
    this.#held = this.#held.subarray(bytes.length);
    this.position += bytes.length;
    return bytes;
  }

  /** @returns at least one and at most `most` bytes, whatever is at hand; none at the end */
  async takeSome(most: number): Promise<Uint8Array> {
    if (this.#held.length === 0) this.#held = (await this.#pull()) ?? this.#held;
    return this.take(Math.min(most, this.#held.length));
  }

  /** The rest, in chunks of at most `most` bytes. */
  async *chunks(most: number): AsyncGenerator<Uint8Array> {
    for (let some = await this.takeSome(most); some.length > 0; some = await this.takeSome(most)) yield some;
  }

  /** Moves past `count` bytes without holding them; @returns how many there were */
  async skip(count: number): Promise<number> {
    let skipped = 0;
    while (skipped < count) {
      const some = await this.takeSome(Math.min(count - skipped, 2 ** 20));
      if (some.length === 0) break;
      skipped += some.length;
    }
    return skipped;
  }

  /** Closes what is read; after an abort without waiting, for the source may hang in its last read. */
  async close(): Promise<void> {
    const closed = Promise.resolve(this.#chunks.return?.());
    if (this.#signal?.aborted) closed.catch(() => undefined);
    else await closed;
  }

  async #pull(): Promise<Uint8Array | null> {
    for (;;) {
      const { done, value } = await this.#next();
      if (done) return null;
      if (!(value instanceof Uint8Array))
        throw new AudioError(
          `gave a chunk of type ${typeof value}; expected bytes (Uint8Array); remove the text encoding of the stream`,
          {
            reason: "unreadable",
            source: this.name,
          },
        );
      if (value.length > 0) return value;
    }
  }

  async #next(): Promise<IteratorResult<unknown>> {
    const signal = this.#signal;
    signal?.throwIfAborted();
    try {
      if (!signal) return await this.#chunks.next();
      let stop: () => void = () => undefined;
      const aborted = new Promise<never>((_, reject) => {
        stop = () => reject(signal.reason as unknown); // reason is what the caller passed to abort()
        signal.addEventListener("abort", stop, { once: true });
      });
      return await Promise.race([this.#chunks.next(), aborted]).finally(() =>
        signal.removeEventListener("abort", stop),
      );
    } catch (cause) {
      signal?.throwIfAborted();
      if (cause instanceof AudioError) throw cause;
      throw new AudioError(
        `could not be read to its end: ${causeText(cause)}; check the file or connection and try again`,
        {
          reason: "unreadable",
          source: this.name,
          cause,
        },
      );
    }
  }
}

/** Joins byte chunks. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
