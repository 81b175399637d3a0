// A sorted list of words in which "does any word begin like this" is asked letter by letter.

/** Words in order of their UTF-16 units; a prefix is a range of the list. */
export class WordList {
  readonly words: readonly string[];
  /** Range found by `narrow`; empty where `low` equals `high`. */
  low = 0;
  high = 0;

  constructor(words: Iterable<string>) {
    this.words = [...new Set(words)].filter((word) => word !== "").sort();
  }

  /** Narrows the range `[low, high)` of words that share `depth` units to those that go on with `text`. */
  narrow(low: number, high: number, depth: number, text: string): void {
    [this.low, this.high] = [low, high];
    for (let i = 0; i < text.length && this.low < this.high; i++) {
      const unit = text.charCodeAt(i);
      const first = this.#lowerBound(depth + i, unit);
      this.high = this.#lowerBound(depth + i, unit + 1);
      this.low = first;
    }
  }

  /** @returns whether the word of `length` units whose range is `[low, high)` is itself in the list */
  isWord(low: number, high: number, length: number): boolean {
    return low < high && this.words[low]!.length === length;
  }

  has(word: string): boolean {
    this.narrow(0, this.words.length, 0, word);
    return this.isWord(this.low, this.high, word.length);
  }

  // first word of the range whose unit at `depth` is at least `unit`; words that end there come first
  #lowerBound(depth: number, unit: number): number {
    let [low, high] = [this.low, this.high];
    while (low < high) {
      const middle = (low + high) >> 1;
      const word = this.words[middle]!;
      if (word.length > depth && word.charCodeAt(depth) >= unit) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
