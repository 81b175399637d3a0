// The state machine over the lines of an ARPA file; bytes go straight into typed arrays, only wrong lines become strings.
import { LanguageModelError } from "./model.js";
import { NgramTable } from "./ngram-table.js";
import { WordTable } from "./word-table.js";

const [TAB, NEWLINE, RETURN, SPACE, HASH, PLUS, MINUS, DOT, ZERO, NINE] = [
  9, 10, 13, 32, 35, 43, 45, 46, 48, 57,
] as const;
/** What KenLM gives an unknown word that the file does not list. */
const MISSING_UNKNOWN = -100;
const LARGEST_ORDER = 16;
const LARGEST_COUNT = 2 ** 28;
/** N-grams inserted together. */
const BATCH = 256;
const UNKNOWN = new TextEncoder().encode("<unk>");
const CAPITAL_UNKNOWN = new TextEncoder().encode("<UNK>");
const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, i) => 10 ** i);

/** Takes the bytes of an ARPA file in pieces of any size. */
export class ArpaReader {
  #section: "start" | "counts" | "between" | "entries" | "ended" = "start";
  #line = 0;
  #rest = new Uint8Array(0);
  readonly #counts: number[] = [];
  /** Order of the section being read, and how many of its lines are still to come. */
  #length = 0;
  #left = 0;
  readonly #words = new WordTable();
  #probabilities = new Float32Array(1024);
  #backoffs = new Float32Array(1024);
  #table: NgramTable | undefined;
  #sawUnknown = false;
  /** N-grams read but not inserted yet. */
  #batchSize = 0;
  readonly #ids = new Int32Array(BATCH * LARGEST_ORDER);
  readonly #histories = new Int32Array(BATCH);
  readonly #batchProbabilities = new Float32Array(BATCH);
  readonly #batchBackoffs = new Float32Array(BATCH);
  /** Where the number or field read last ended. */
  #at = 0;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });

  push(chunk: Uint8Array): void {
    let start = 0;
    if (this.#rest.length > 0) {
      // finish the line that the chunk before left open
      const end = chunk.indexOf(NEWLINE);
      const taken = end < 0 ? chunk.length : end + 1;
      const line = new Uint8Array(this.#rest.length + taken);
      line.set(this.#rest);
      line.set(chunk.subarray(0, taken), this.#rest.length);
      this.#rest = line;
      if (end < 0) return;
      this.#readLine(line, 0, line.length - 1);
      start = taken;
    }
    for (let end = chunk.indexOf(NEWLINE, start); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#readLine(chunk, start, end);
      start = end + 1;
    }
    this.#rest = chunk.slice(start);
  }

  /** @returns the model. @throws LanguageModelError if the file is not complete */
  finish(): NgramTable {
    if (this.#rest.length > 0) this.#readLine(this.#rest, 0, this.#rest.length);
    if (this.#section !== "ended") {
      if (this.#batchSize > 0) this.#insertBatch();
      this.#line += 1;
      const missing =
        this.#left > 0
          ? `${this.#left} more ${this.#length}-grams`
          : this.#section === "start"
            ? "\\data\\"
            : "\\end\\";
      this.#fail(`the file ends here; expected ${missing}; is it cut short?`);
    }
    const table = this.#table!; // set at the end of the 1-grams, without which there is no \end\
    return table.finish(this.#words.indexOf("<s>"), this.#words.indexOf("</s>"));
  }

  #fail(detail: string): never {
    throw new LanguageModelError("arpa", detail, this.#line);
  }

  #readLine(bytes: Uint8Array, from: number, to: number): void {
    this.#line += 1;
    const end = to > from && bytes[to - 1] === RETURN ? to - 1 : to;
    if (this.#left > 0) {
      if (this.#length === 1) this.#readWord(bytes, from, end);
      else this.#readNgram(bytes, from, end);
      if (--this.#left === 0) this.#endSection();
      return;
    }
    const start = skipBlanks(bytes, from, end);
    if (start < end) this.#readMarker(bytes, start, end);
    else if (this.#section === "counts" && this.#counts.length > 0) this.#section = "between";
  }

  #readMarker(bytes: Uint8Array, start: number, end: number): void {
    const text = new TextDecoder().decode(bytes.subarray(start, Math.min(end, start + 80))).trimEnd();
    if (this.#section === "start") {
      if (bytes[start] === HASH) return;
      if (text.startsWith("mmap lm http")) this.#fail("this is a KenLM binary file; open it with openKenlm");
      if (text !== "\\data\\")
        this.#fail(`got ${JSON.stringify(text)}; expected \\data\\; is this an ARPA file?`);
      this.#section = "counts";
    } else if (this.#section === "counts" && text.startsWith("ngram")) {
      this.#readCount(text);
    } else if (this.#section === "ended") {
      this.#fail(`got ${JSON.stringify(text)} after \\end\\; expected the end of the file`);
    } else {
      const isLast = this.#length === this.#counts.length && this.#length > 0;
      const expected = isLast ? "\\end\\" : `\\${this.#length + 1}-grams:`;
      if (text !== expected || this.#counts.length === 0) {
        const announced =
          this.#length > 0
            ? ` after the ${this.#counts[this.#length - 1]} ${this.#length}-grams of the header`
            : "";
        this.#fail(
          `got ${JSON.stringify(text)}; expected ${this.#counts.length === 0 ? "ngram 1=COUNT" : expected}${announced}`,
        );
      }
      if (isLast) this.#section = "ended";
      else this.#beginSection();
    }
  }

  #readCount(text: string): void {
    const match = /^ngram\s+(\d+)\s*=\s*(\d+)$/.exec(text);
    if (match === null) this.#fail(`got ${JSON.stringify(text)}; expected "ngram N=COUNT"`);
    const [length, count] = [Number(match[1]), Number(match[2])];
    const expected = this.#counts.length + 1;
    if (length !== expected)
      this.#fail(`got the count of ${length}-grams; expected that of ${expected}-grams`);
    if (length > LARGEST_ORDER) this.#fail(`order ${length}; at most ${LARGEST_ORDER} is supported`);
    if (count > LARGEST_COUNT)
      this.#fail(`${count} ${length}-grams; at most ${LARGEST_COUNT} fit; is the header damaged?`);
    this.#counts.push(count);
  }

  #beginSection(): void {
    this.#length += 1;
    this.#left = this.#counts[this.#length - 1]!;
    this.#section = "entries";
    if (this.#length === 1) this.#words.add(UNKNOWN, 0, UNKNOWN.length);
    if (this.#left === 0) this.#endSection();
  }

  #endSection(): void {
    this.#section = "between";
    if (this.#length > 1) return this.#insertBatch();
    const words = this.#words;
    for (const marker of ["<s>", "</s>"]) {
      if (words.indexOf(marker) < 0)
        this.#fail(`the 1-grams have no ${marker}; expected both <s> and </s>; estimate the model with them`);
    }
    words.trim();
    try {
      this.#table = new NgramTable(NgramTable.allocate(words, [words.size, ...this.#counts.slice(1)]));
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      this.#fail(`no memory for the ${this.#counts.join(", ")} n-grams of the header; is it damaged?`);
    }
    if (!this.#sawUnknown) {
      this.#probabilities[0] = MISSING_UNKNOWN;
      this.#table.warnings.push(`the file has no <unk>; unknown words score ${MISSING_UNKNOWN}`);
    }
    for (let word = 0; word < words.size; word++) {
      this.#table.setUnigram(word, this.#probabilities[word]!, this.#backoffs[word]!);
    }
  }

  #readWord(bytes: Uint8Array, start: number, end: number): void {
    const probability = this.#readProbability(bytes, start, end);
    const wordStart = skipBlanks(bytes, this.#at, end);
    const wordEnd = fieldEnd(bytes, wordStart, end);
    if (wordStart === wordEnd) this.#fail(`no word after the probability${this.#quote(bytes, start, end)}`);
    const backoff = this.#readBackoff(bytes, wordEnd, end);
    let word = 0;
    if (isUnknown(bytes, wordStart, wordEnd)) {
      if (this.#sawUnknown) this.#fail("<unk> is listed twice; expected every word once");
      this.#sawUnknown = true;
    } else {
      try {
        this.#decoder.decode(bytes.subarray(wordStart, wordEnd));
      } catch {
        this.#fail("the word is not UTF-8; convert the file, e.g. with iconv");
      }
      if (this.#words.find(bytes, wordStart, wordEnd) >= 0)
        this.#fail(`listed twice${this.#quote(bytes, start, end)}; expected every word once`);
      word = this.#words.add(bytes, wordStart, wordEnd);
    }
    if (word >= this.#probabilities.length) {
      this.#probabilities = doubled(this.#probabilities);
      this.#backoffs = doubled(this.#backoffs);
    }
    this.#probabilities[word] = probability;
    this.#backoffs[word] = backoff;
  }

  #readNgram(bytes: Uint8Array, start: number, end: number): void {
    const probability = this.#readProbability(bytes, start, end);
    const length = this.#length;
    const words = this.#words;
    const slot = this.#batchSize * length;
    let at = this.#at;
    for (let i = 0; i < length; i++) {
      const wordStart = skipBlanks(bytes, at, end);
      let id = words.findField(bytes, wordStart, end);
      at = words.end;
      if (id < 0) {
        if (wordStart === at) {
          this.#fail(`${i} words; expected ${length} in a ${length}-gram${this.#quote(bytes, start, end)}`);
        }
        if (!isUnknown(bytes, wordStart, at)) {
          this.#fail(
            `a word that is not among the 1-grams${this.#quote(bytes, wordStart, at)}; expected every word there`,
          );
        }
        id = 0;
      }
      this.#ids[slot + i] = id;
    }
    const backoff = this.#readBackoff(bytes, at, end);
    if (length === this.#counts.length && backoff !== 0) {
      this.#fail(
        `back-off ${backoff} on an n-gram of the highest order; expected none${this.#quote(bytes, start, end)}`,
      );
    }
    this.#batchProbabilities[this.#batchSize] = probability;
    this.#batchBackoffs[this.#batchSize] = backoff;
    if (++this.#batchSize === BATCH) this.#insertBatch();
  }

  // n-grams go in many at a time: first all histories are looked up, then all entries written, so that the waits for
  // memory, which is most of the time, overlap
  #insertBatch(): void {
    const [table, length, ids, histories] = [this.#table!, this.#length, this.#ids, this.#histories];
    for (let i = 0; i < this.#batchSize; i++) histories[i] = 1 + ids[i * length]!;
    for (let k = 1; k < length - 1; k++) {
      for (let i = 0; i < this.#batchSize; i++) {
        const node = table.child(k + 1, histories[i]!, ids[i * length + k]!);
        if (node < 0)
          this.#failAt(
            i,
            `the ${k + 1}-gram that begins it is not in the file; expected every history there`,
          );
        histories[i] = node;
      }
    }
    for (let i = 0; i < this.#batchSize; i++) {
      const word = ids[i * length + length - 1]!;
      if (!table.add(length, histories[i]!, word, this.#batchProbabilities[i]!, this.#batchBackoffs[i]!)) {
        this.#failAt(i, "it is listed twice; expected every n-gram once");
      }
    }
    this.#batchSize = 0;
  }

  #failAt(i: number, detail: string): never {
    const words = Array.from(this.#ids.subarray(i * this.#length, (i + 1) * this.#length), (id) =>
      this.#words.wordOf(id),
    );
    this.#line -= this.#batchSize - 1 - i;
    this.#fail(`${JSON.stringify(words.join(" "))}: ${detail}`);
  }

  #readProbability(bytes: Uint8Array, start: number, end: number): number {
    const value = this.#readNumber(bytes, skipBlanks(bytes, start, end), end);
    if (Number.isNaN(value))
      this.#fail(
        `no probability${this.#quote(bytes, start, end)}; expected log10, words${this.#length < this.#counts.length ? ", back-off" : ""}; does the header announce too many ${this.#length}-grams?`,
      );
    if (value > 0)
      this.#fail(
        `log10 probability ${value} is above 0${this.#quote(bytes, start, end)}; expected 0 or less; estimate the model again`,
      );
    return value;
  }

  #readBackoff(bytes: Uint8Array, from: number, end: number): number {
    const start = skipBlanks(bytes, from, end);
    if (start === end) return 0;
    const value = this.#readNumber(bytes, start, end);
    if (!Number.isFinite(value) || skipBlanks(bytes, this.#at, end) !== end) {
      this.#fail(
        `back-off${this.#quote(bytes, start, end)} is not one finite number; expected ${this.#length} words, then a number or nothing`,
      );
    }
    return value;
  }

  // [-+]digits[.digits][e[-+]digits] or -inf, ended by a blank or the end of the line; NaN otherwise
  #readNumber(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    const isNegative = bytes[at] === MINUS;
    if (at < end && (isNegative || bytes[at] === PLUS)) at += 1;
    let [mantissa, digits, scale] = [0, 0, 0];
    for (let hasDot = false; at < end; at++) {
      const byte = bytes[at]!;
      if (byte >= ZERO && byte <= NINE) {
        if (mantissa < 1e15) {
          mantissa = mantissa * 10 + (byte - ZERO);
          if (hasDot) scale += 1;
        } else if (!hasDot) scale -= 1;
        digits += 1;
      } else if (byte === DOT && !hasDot) hasDot = true;
      else break;
    }
    if (digits > 0 && scale >= 0 && scale < 23 && (at === end || bytes[at] === TAB || bytes[at] === SPACE)) {
      this.#at = at;
      const value = mantissa / POWERS_OF_TEN[scale]!;
      return isNegative ? -value : value;
    }
    this.#at = fieldEnd(bytes, start, end);
    const text = String.fromCharCode(...bytes.subarray(start, Math.min(this.#at, start + 40)));
    if (/^[-+]?inf(inity)?$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
    return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : NaN;
  }

  #quote(bytes: Uint8Array, start: number, end: number): string {
    return ` in ${JSON.stringify(new TextDecoder().decode(bytes.subarray(start, Math.min(end, start + 80))))}`;
  }
}

function skipBlanks(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (bytes[at] === SPACE || bytes[at] === TAB)) at += 1;
  return at;
}

function fieldEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== SPACE && bytes[at] !== TAB && bytes[at] !== RETURN) at += 1;
  return at;
}

function isUnknown(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== 5 || bytes[start] !== UNKNOWN[0]) return false;
  const name = bytes[start + 1] === UNKNOWN[1] ? UNKNOWN : CAPITAL_UNKNOWN;
  for (let i = 1; i < 5; i++) if (bytes[start + i] !== name[i]) return false;
  return true;
}

function doubled(array: Float32Array): Float32Array<ArrayBuffer> {
  const larger = new Float32Array(array.length * 2);
  larger.set(array);
  return larger;
}
