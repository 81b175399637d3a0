// Words that are expected: a bonus that grows while one of them is being spelled and is taken back when the spelling leaves it.
import { resized } from "./symbol-fusion.js";

/** A word to listen for and how much it is worth, in natural log units. */
export interface Hotword {
  readonly word: string;
  readonly weight: number;
}

interface TrieNode {
  readonly next: Map<string, number>;
  /** The highest bonus per letter, over the words below, and the shortest word that has it. */
  perLetter: number;
  depth: number;
  /** Bonus of the word that ends here; 0: none does. */
  weight: number;
}

/**
 * A prefix of a hotword of `n` characters earns `weight · spelled / n`; of several words the one that gives most. A
 * completed hotword keeps its weight, every other completion loses what its prefix had earned.
 */
export class HotwordTracker {
  readonly #nodes: TrieNode[] = [{ next: new Map(), perLetter: 0, depth: 0, weight: 0 }];
  /** [symbols] characters of each symbol. */
  readonly #characters: readonly (readonly string[])[];
  readonly #highest: number;
  #place = new Int32Array(0);

  /**
   * @param hotwords words; white space separates words of a phrase, each of which then counts alone
   * @param texts [symbols] what each symbol adds to a word
   */
  constructor(hotwords: Iterable<Hotword>, texts: readonly string[]) {
    this.#characters = texts.map((text) => [...text]);
    let highest = 0;
    for (const { word, weight } of hotwords) {
      if (!Number.isFinite(weight))
        throw new RangeError(`hotwords: the weight of "${word}" is ${weight}; expected a finite number`);
      for (const part of word.split(/\s+/)) if (part !== "") this.#insert([...part], weight);
      highest = Math.max(highest, weight);
    }
    this.#highest = highest;
  }

  #insert(letters: readonly string[], weight: number): void {
    let at = 0;
    letters.forEach((letter, i) => {
      let next = this.#nodes[at]!.next.get(letter);
      if (next === undefined) {
        next = this.#nodes.length;
        this.#nodes.push({ next: new Map(), perLetter: -Infinity, depth: i + 1, weight: 0 });
        this.#nodes[at]!.next.set(letter, next);
      }
      at = next;
      const node = this.#nodes[at]!;
      node.perLetter = Math.max(node.perLetter, weight / letters.length);
    });
    const end = this.#nodes[at]!;
    end.weight = end.weight === 0 ? weight : Math.max(end.weight, weight);
  }

  grow(capacity: number): void {
    this.#place = resized(this.#place, capacity);
  }

  /** The node begins a word. */
  begin(node: number): void {
    this.#place[node] = 0;
  }

  enter(child: number, node: number, symbol: number): void {
    this.#place[child] = this.#follow(this.#place[node]!, symbol);
  }

  /** @returns what the prefix of a hotword at `node` earns; 0 if it is none */
  earned(node: number): number {
    return this.#value(this.#place[node]!);
  }

  /** @returns what it earns one symbol further */
  earnedAfter(node: number, symbol: number): number {
    return this.#value(this.#follow(this.#place[node]!, symbol));
  }

  /** Whether `node` or its extension by a symbol spells the beginning of a hotword. */
  isOnWord(node: number, symbol?: number): boolean {
    const place = symbol === undefined ? this.#place[node]! : this.#follow(this.#place[node]!, symbol);
    return place > 0;
  }

  /** Whether a hotword begins with this symbol. */
  beginsWith(symbol: number): boolean {
    return this.#follow(0, symbol) > 0;
  }

  /** @returns what the symbol earns as the first of a word */
  earnedFirst(symbol: number): number {
    return this.#value(this.#follow(0, symbol));
  }

  /** Gain of spelling one symbol more. */
  spell(node: number, symbol: number): number {
    return this.earnedAfter(node, symbol) - this.earned(node);
  }

  /** @returns the bonus of a whole word */
  weightOf(word: string): number {
    let at = 0;
    for (const letter of word) {
      const next = this.#nodes[at]!.next.get(letter);
      if (next === undefined) return 0;
      at = next;
    }
    return this.#nodes[at]!.weight;
  }

  /** Gain of completing `word` at `node`. */
  complete(node: number, word: string): number {
    return this.weightOf(word) - this.earned(node);
  }

  /** An upper bound of what one step can gain. */
  bound(node: number): number {
    return this.#highest - Math.min(0, this.earned(node));
  }

  /** A number that decides all that is to come. */
  placeOf(node: number): number {
    return this.#place[node]!;
  }

  #value(place: number): number {
    if (place <= 0) return 0;
    const node = this.#nodes[place]!;
    return node.perLetter * node.depth;
  }

  // −1: no hotword goes on so
  #follow(place: number, symbol: number): number {
    let at = place;
    for (const letter of this.#characters[symbol]!) {
      if (at < 0) return -1;
      at = this.#nodes[at]!.next.get(letter) ?? -1;
    }
    return at;
  }
}
