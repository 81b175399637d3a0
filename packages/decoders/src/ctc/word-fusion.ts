// Any spelling, words scored when a delimiter ends them, unknown words at a price (pyctcdecode's semantics, its defects left out).
import type { NgramModel } from "../lm/model.js";
import { WordList } from "../lm/word-list.js";
import type { Fusion, PrefixColumns } from "./fusion.js";
import type { HotwordTracker } from "./hotword-tracker.js";
import { resized } from "./symbol-fusion.js";

/** Letters after which an unknown beginning costs more with each further one. */
const USUAL_WORD_LENGTH = 6;

/** Settings of free spelling with a word model. */
export interface WordFusionOptions {
  readonly model: NgramModel | undefined;
  /** Factor on the model's natural-log scores. */
  readonly alpha: number;
  /** Added for each word. */
  readonly beta: number;
  /** Words that are known; the model's where absent. Beginnings of none cost `unknownScore` while they last. */
  readonly words: Iterable<string> | undefined;
  /** Log10 added to an unknown word's score. */
  readonly unknownScore: number;
  /** Whether the model scores sentence beginning and end. */
  readonly sentenceBoundaries: boolean;
  /** [symbols] what each symbol adds to a word, and whether it begins a new one. */
  readonly texts: readonly string[];
  readonly beginsWord: readonly boolean[];
  readonly delimiter: number;
  readonly hotwords: HotwordTracker | undefined;
}

/** A prefix is the words so far and the letters of an unfinished one. */
export class WordFusion implements Fusion {
  bonus = new Float64Array(0);
  absorbs = new Uint8Array(0);
  readonly rootSymbol: number;
  readonly choices = undefined;
  readonly gains = new Float64Array(1);
  readonly labels = new Int32Array([-1]);
  readonly #options: WordFusionOptions;
  readonly #list: WordList | undefined;
  #columns: PrefixColumns = { parent: new Int32Array(0), symbol: new Int32Array(0) };
  #state = new Int32Array(0);
  #score = new Float64Array(0);
  /** Bonus of the finished words alone. */
  #settled = new Float64Array(0);
  #length = new Int32Array(0);
  #low = new Int32Array(0);
  #high = new Int32Array(0);
  /** Bonus that ending the word here would add; NaN: not computed yet. */
  #wordGain = new Float64Array(0);
  /** Letters of the unfinished word. */
  readonly #spelled: string[] = [];

  constructor(options: WordFusionOptions) {
    this.#options = options;
    this.rootSymbol = options.delimiter;
    const { model, words } = options;
    if (words !== undefined) {
      this.#list = new WordList(
        model === undefined ? words : [...words].filter((word) => model.indexOf(word) > 0),
      );
    } else if (model !== undefined) this.#list = new WordList(wordsOfModel(model));
  }

  begin(columns: PrefixColumns, capacity: number): void {
    const { model, sentenceBoundaries, hotwords } = this.#options;
    this.grow(columns, capacity);
    this.#state[0] = model === undefined ? 0 : sentenceBoundaries ? model.beginState : model.emptyState;
    this.absorbs[0] = 1;
    this.#open(0, "");
    hotwords?.begin(0);
  }

  grow(columns: PrefixColumns, capacity: number): void {
    this.#columns = columns;
    this.bonus = resized(this.bonus, capacity);
    this.absorbs = resized(this.absorbs, capacity);
    this.#state = resized(this.#state, capacity);
    this.#score = resized(this.#score, capacity);
    this.#settled = resized(this.#settled, capacity);
    this.#length = resized(this.#length, capacity);
    this.#low = resized(this.#low, capacity);
    this.#high = resized(this.#high, capacity);
    this.#wordGain = resized(this.#wordGain, capacity);
    this.#options.hotwords?.grow(capacity);
  }

  choiceBegin(): number {
    return 0;
  }

  choiceEnd(): number {
    return Infinity;
  }

  bound(node: number): number {
    const { alpha, beta, hotwords } = this.#options;
    if (alpha < 0) return Infinity;
    const partial = this.bonus[node]! - this.#settled[node]!;
    return Math.max(0, beta) + Math.max(0, -partial) + (hotwords?.bound(node) ?? 0);
  }

  extend(node: number, symbol: number): number {
    const { delimiter, beginsWord, texts } = this.#options;
    const partial = this.bonus[node]! - this.#settled[node]!;
    if (symbol === delimiter) this.gains[0] = this.#gainOfWord(node) - partial;
    else if (beginsWord[symbol]! && this.#length[node]! > 0)
      this.gains[0] = this.#gainOfWord(node) - partial + this.#partialOf(-1, symbol);
    else if (texts[symbol] === "") this.gains[0] = 0;
    else this.gains[0] = this.#partialOf(node, symbol) - partial;
    return 1;
  }

  enter(child: number, node: number, symbol: number): void {
    const { delimiter, beginsWord, texts, hotwords } = this.#options;
    const text = texts[symbol]!;
    const endsWord = symbol === delimiter || (beginsWord[symbol]! && this.#length[node]! > 0);
    if (endsWord) {
      this.#settled[child] = this.#settled[node]! + this.#gainOfWord(node);
      this.#score[child] = this.#score[node]! + this.#modelScore(node);
      this.#state[child] =
        this.#length[node]! > 0 ? (this.#options.model?.nextState ?? 0) : this.#state[node]!;
      this.#open(child, "");
      hotwords?.begin(child);
    } else {
      this.#settled[child] = this.#settled[node]!;
      this.#score[child] = this.#score[node]!;
      this.#state[child] = this.#state[node]!;
      this.#low[child] = this.#low[node]!;
      this.#high[child] = this.#high[node]!;
      this.#length[child] = this.#length[node]!;
      this.#spelled[child] = this.#spelled[node]!;
    }
    this.absorbs[child] = symbol === delimiter ? 1 : 0;
    this.#wordGain[child] = NaN;
    let partial = 0;
    if (symbol !== delimiter && text !== "") {
      partial = this.#partialOf(endsWord ? -1 : node, symbol);
      if (this.#list !== undefined) {
        this.#list.narrow(this.#low[child]!, this.#high[child]!, this.#spelled[child]!.length, text);
        this.#low[child] = this.#list.low;
        this.#high[child] = this.#list.high;
      }
      this.#spelled[child] += text;
      this.#length[child]! += [...text].length;
      hotwords?.enter(child, endsWord ? child : node, symbol);
    } else if (symbol !== delimiter) {
      partial = endsWord ? 0 : this.bonus[node]! - this.#settled[node]!;
      if (!endsWord) hotwords?.enter(child, node, symbol);
    }
    this.bonus[child] = this.#settled[child]! + partial;
  }

  #open(node: number, text: string): void {
    this.#spelled[node] = text;
    this.#length[node] = 0;
    this.#low[node] = 0;
    this.#high[node] = this.#list?.words.length ?? 0;
    this.#wordGain[node] = NaN;
  }

  // what the unfinished word earns once `symbol` is added to it; node −1: as its first symbol
  #partialOf(node: number, symbol: number): number {
    const { hotwords, model, unknownScore, texts } = this.#options;
    if (hotwords !== undefined && this.#isOnHotword(node, symbol)) {
      return node < 0 ? hotwords.earnedFirst(symbol) : hotwords.earnedAfter(node, symbol);
    }
    if (model === undefined || this.#list === undefined) return 0;
    const text = texts[symbol]!;
    const depth = node < 0 ? 0 : this.#spelled[node]!.length;
    this.#list.narrow(
      node < 0 ? 0 : this.#low[node]!,
      node < 0 ? this.#list.words.length : this.#high[node]!,
      depth,
      text,
    );
    if (this.#list.low < this.#list.high) return 0;
    const length = (node < 0 ? 0 : this.#length[node]!) + [...text].length;
    return unknownScore * Math.max(1, length / USUAL_WORD_LENGTH);
  }

  #isOnHotword(node: number, symbol: number): boolean {
    const { hotwords } = this.#options;
    return node < 0 ? hotwords!.beginsWith(symbol) : hotwords!.isOnWord(node, symbol);
  }

  #gainOfWord(node: number): number {
    if (this.#length[node] === 0) return 0;
    let gain = this.#wordGain[node]!;
    if (Number.isNaN(gain)) {
      const { model, alpha, beta, hotwords } = this.#options;
      gain = hotwords?.weightOf(this.#spelled[node]!) ?? 0;
      if (model !== undefined) gain += alpha * Math.LN10 * this.#modelScore(node) + beta;
      this.#wordGain[node] = gain;
    }
    return gain;
  }

  // log10 of the finished word, unknown penalty included; leaves the next history in the model
  #modelScore(node: number): number {
    const { model, unknownScore } = this.#options;
    if (model === undefined || this.#length[node] === 0) return 0;
    const word = this.#spelled[node]!;
    const id = model.indexOf(word);
    const isListed =
      this.#list === undefined ||
      this.#list.words.length === 0 ||
      this.#list.isWord(this.#low[node]!, this.#high[node]!, word.length);
    const score = model.score(this.#state[node]!, id);
    return id === 0 || !isListed ? score + unknownScore : score;
  }

  forget(nodes: readonly number[]): void {
    for (const node of nodes) this.#spelled[node] = "";
  }

  canEnd(): boolean {
    return true;
  }

  finish(node: number): number {
    const { model, alpha } = this.#options;
    const partial = this.bonus[node]! - this.#settled[node]!;
    const gain = this.#gainOfWord(node) - partial;
    return model === undefined ? gain : gain + alpha * Math.LN10 * this.#endScore(node);
  }

  #endScore(node: number): number {
    const { model, sentenceBoundaries } = this.#options;
    if (model === undefined || !sentenceBoundaries) return 0;
    let state = this.#state[node]!;
    if (this.#length[node]! > 0) {
      this.#modelScore(node);
      state = model.nextState;
    }
    return model.score(state, model.endWord);
  }

  textNode(node: number): number {
    const { parent, symbol } = this.#columns;
    return node > 0 && symbol[node] === this.#options.delimiter ? parent[node]! : node;
  }

  hasSameFuture(node: number, other: number): boolean {
    return this.#state[node] === this.#state[other] && this.#spelled[node] === this.#spelled[other];
  }

  futureHash(node: number): number {
    return (
      (Math.imul(this.#state[node]!, 0x9e3779b1) ^ Math.imul(this.#low[node]!, 0x85ebca77)) +
      this.#length[node]!
    );
  }

  languageModelScore(node: number): number {
    return this.#score[node]!;
  }

  languageModelEnd(node: number): number {
    return this.#modelScore(node) + this.#endScore(node);
  }

  wordOf(): string {
    return "";
  }
}

// its spellings; none where the file has none, and then every beginning is that of an unknown word
function wordsOfModel(model: NgramModel): string[] {
  const words = Array.from({ length: model.wordCount }, (_, id) => model.wordOf(id));
  return words.filter((word) => word !== undefined && !["<unk>", "<s>", "</s>"].includes(word)) as string[]; // filtered
}
