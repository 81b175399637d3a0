// Words of a lexicon only, scored by a word model with a look-ahead while they are being spelled (flashlight's semantics).
import { followEdge, type Lexicon } from "../lm/lexicon.js";
import type { NgramModel } from "../lm/model.js";
import type { Fusion, PrefixColumns } from "./fusion.js";
import type { HotwordTracker } from "./hotword-tracker.js";
import { resized } from "./symbol-fusion.js";

/** Settings of decoding with a lexicon. */
export interface LexiconFusionOptions {
  readonly lexicon: Lexicon;
  readonly model: NgramModel | undefined;
  /** Factor on the model's log10 scores. */
  readonly weight: number;
  /** Added for each word. */
  readonly wordScore: number;
  /** Added for each unknown word; −Infinity: only words of the lexicon. */
  readonly unknownScore: number;
  readonly delimiter: number;
  readonly hotwords: HotwordTracker | undefined;
}

/** A prefix is at a node of the lexicon; at its root, words are complete and delimiters change nothing. */
export class LexiconFusion implements Fusion {
  bonus = new Float64Array(0);
  absorbs = new Uint8Array(0);
  readonly rootSymbol: number;
  readonly choices: Int32Array;
  readonly gains: Float64Array;
  readonly labels: Int32Array;
  readonly #options: LexiconFusionOptions;
  readonly #lexicon: Lexicon;
  /** [words + 1] ids of the words in the model; the last is the unknown word. */
  readonly #wordIds: Int32Array;
  readonly #unknown: number;
  #place = new Int32Array(0);
  #state = new Int32Array(0);
  #score = new Float64Array(0);

  constructor(options: LexiconFusionOptions) {
    const { lexicon, model, delimiter } = options;
    this.#options = options;
    this.#lexicon = lexicon;
    this.rootSymbol = delimiter;
    this.#unknown = lexicon.words.length;
    this.#wordIds = Int32Array.from([...lexicon.words.map((word) => model?.indexOf(word) ?? 0), 0]);
    // the root's choices, with the delimiter among them: silence between words
    const rootSymbols = new Set(lexicon.edgeSymbol.subarray(0, lexicon.edgeBegin[1]));
    if (delimiter >= 0) rootSymbols.add(delimiter);
    this.#rootChoices = lexicon.edgeSymbol.length;
    this.choices = Int32Array.from([...lexicon.edgeSymbol, ...rootSymbols]);
    let most = 2;
    for (let node = 0; node + 1 < lexicon.labelBegin.length; node++)
      most = Math.max(most, lexicon.labelBegin[node + 1]! - lexicon.labelBegin[node]! + 2);
    this.gains = new Float64Array(most);
    this.labels = new Int32Array(most);
  }

  readonly #rootChoices: number;

  begin(columns: PrefixColumns, capacity: number): void {
    this.grow(columns, capacity);
    this.#state[0] = this.#options.model?.beginState ?? 0;
    this.absorbs[0] = 1;
    this.#options.hotwords?.begin(0);
  }

  grow(_columns: PrefixColumns, capacity: number): void {
    this.bonus = resized(this.bonus, capacity);
    this.absorbs = resized(this.absorbs, capacity);
    this.#place = resized(this.#place, capacity);
    this.#state = resized(this.#state, capacity);
    this.#score = resized(this.#score, capacity);
    this.#options.hotwords?.grow(capacity);
  }

  choiceBegin(node: number): number {
    const place = this.#place[node]!;
    return place === 0 ? this.#rootChoices : this.#lexicon.edgeBegin[place]!;
  }

  choiceEnd(node: number): number {
    const place = this.#place[node]!;
    return place === 0 ? this.choices.length : this.#lexicon.edgeBegin[place + 1]!;
  }

  bound(node: number): number {
    const { weight, wordScore, unknownScore, hotwords } = this.#options;
    if (weight < 0) return Infinity;
    const ending = Math.max(wordScore, unknownScore) - weight * this.#lookAhead(this.#place[node]!);
    return Math.max(0, ending) + (hotwords?.bound(node) ?? 0);
  }

  extend(node: number, symbol: number): number {
    const { weight, wordScore, unknownScore, delimiter, hotwords } = this.#options;
    const { edgeBegin, labelBegin, labels, lookAhead } = this.#lexicon;
    const place = this.#place[node]!;
    const target = followEdge(this.#lexicon, place, symbol);
    if (target < 0) {
      if (place !== 0 || symbol !== delimiter) return 0;
      this.gains[0] = 0;
      this.labels[0] = -1;
      return 1;
    }
    const before = this.#lookAhead(place);
    let count = 0;
    if (edgeBegin[target + 1]! > edgeBegin[target]!) {
      this.gains[count] = weight * (lookAhead[target]! - before) + (hotwords?.spell(node, symbol) ?? 0);
      this.labels[count++] = -1;
    }
    const [first, last] = [labelBegin[target]!, labelBegin[target + 1]!];
    for (let i = first; i < last; i++) {
      const word = labels[i]!;
      this.gains[count] =
        weight * (this.#wordScore(node, word) - before) +
        wordScore +
        (hotwords?.complete(node, this.wordOf(word)) ?? 0);
      this.labels[count++] = word;
    }
    if (first === last && unknownScore > -Infinity) {
      this.gains[count] =
        weight * (this.#wordScore(node, this.#unknown) - before) +
        unknownScore +
        (hotwords?.complete(node, "") ?? 0);
      this.labels[count++] = this.#unknown;
    }
    return count;
  }

  enter(child: number, node: number, symbol: number, label: number): void {
    const { weight, wordScore, unknownScore, delimiter, model, hotwords } = this.#options;
    const place = this.#place[node]!;
    const before = this.#lookAhead(place);
    const target = followEdge(this.#lexicon, place, symbol);
    let [after, extra] = [0, 0];
    this.#state[child] = this.#state[node]!;
    if (label >= 0) {
      after = this.#wordScore(node, label);
      if (model !== undefined) this.#state[child] = model.nextState;
      extra =
        (label === this.#unknown ? unknownScore : wordScore) +
        (hotwords?.complete(node, label === this.#unknown ? "" : this.wordOf(label)) ?? 0);
      hotwords?.begin(child);
    } else if (target >= 0) {
      after = this.#lexicon.lookAhead[target]!;
      extra = hotwords?.spell(node, symbol) ?? 0;
      hotwords?.enter(child, node, symbol);
    } else hotwords?.begin(child);
    const score = target < 0 ? 0 : after - before;
    this.#place[child] = label >= 0 || target < 0 ? 0 : target;
    this.absorbs[child] = this.#place[child] === 0 && symbol === delimiter ? 1 : 0;
    this.#score[child] = this.#score[node]! + score;
    this.bonus[child] = this.bonus[node]! + weight * score + extra;
  }

  #lookAhead(place: number): number {
    return place === 0 ? 0 : this.#lexicon.lookAhead[place]!;
  }

  #wordScore(node: number, word: number): number {
    return this.#options.model?.score(this.#state[node]!, this.#wordIds[word]!) ?? 0;
  }

  forget(): void {
    // numbers only: the next prefix overwrites them
  }

  canEnd(node: number): boolean {
    return this.#place[node] === 0;
  }

  finish(node: number): number {
    return this.#options.model === undefined ? 0 : this.#options.weight * this.languageModelEnd(node);
  }

  textNode(node: number): number {
    return node;
  }

  hasSameFuture(node: number, other: number): boolean {
    const hotwords = this.#options.hotwords;
    return (
      this.#place[node] === this.#place[other] &&
      this.#state[node] === this.#state[other] &&
      hotwords?.placeOf(node) === hotwords?.placeOf(other)
    );
  }

  futureHash(node: number): number {
    return Math.imul(this.#state[node]!, 0x9e3779b1) ^ this.#place[node]!;
  }

  languageModelScore(node: number): number {
    return this.#score[node]!;
  }

  languageModelEnd(node: number): number {
    return this.#options.model?.score(this.#state[node]!, this.#options.model.endWord) ?? 0;
  }

  wordOf(label: number): string {
    return label === this.#unknown ? "<unk>" : this.#lexicon.words[label]!;
  }
}
