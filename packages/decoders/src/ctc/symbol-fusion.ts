// Free spelling, with or without an n-gram model over symbols (flashlight's lexicon-free decoding).
import type { NgramModel } from "../lm/model.js";
import type { Fusion, PrefixColumns } from "./fusion.js";

/** Settings of free spelling. */
export interface SymbolFusionOptions {
  readonly model: NgramModel | undefined;
  /** Factor on the model's log10 scores. */
  readonly weight: number;
  /** [symbols] spelling of each symbol as the model has it. */
  readonly tokens: readonly string[];
  readonly rootSymbol: number;
}

/** Every symbol may follow; its score is that of the model after the symbols before. */
export class SymbolFusion implements Fusion {
  bonus = new Float64Array(0);
  absorbs = new Uint8Array(0);
  readonly rootSymbol: number;
  readonly choices = undefined;
  readonly gains = new Float64Array(1);
  readonly labels = new Int32Array([-1]);
  readonly #model: NgramModel | undefined;
  readonly #weight: number;
  readonly #words: Int32Array;
  #state = new Int32Array(0);
  #score = new Float64Array(0);

  constructor({ model, weight, tokens, rootSymbol }: SymbolFusionOptions) {
    this.#model = model;
    this.#weight = weight;
    this.rootSymbol = rootSymbol;
    this.#words = Int32Array.from(tokens, (token) => model?.indexOf(token) ?? 0);
  }

  begin(columns: PrefixColumns, capacity: number): void {
    this.grow(columns, capacity);
    this.#state[0] = this.#model?.beginState ?? 0;
  }

  grow(_columns: PrefixColumns, capacity: number): void {
    this.bonus = resized(this.bonus, capacity);
    this.absorbs = resized(this.absorbs, capacity);
    this.#state = resized(this.#state, capacity);
    this.#score = resized(this.#score, capacity);
  }

  choiceBegin(): number {
    return 0;
  }

  choiceEnd(): number {
    return Infinity;
  }

  bound(): number {
    return this.#weight >= 0 ? 0 : Infinity;
  }

  extend(node: number, symbol: number): number {
    this.gains[0] =
      this.#model === undefined
        ? 0
        : this.#weight * this.#model.score(this.#state[node]!, this.#words[symbol]!);
    return 1;
  }

  enter(child: number, node: number, symbol: number): void {
    this.#score[child] = this.#score[node]!;
    this.bonus[child] = this.bonus[node]!;
    if (this.#model === undefined) return;
    const score = this.#model.score(this.#state[node]!, this.#words[symbol]!);
    this.#state[child] = this.#model.nextState;
    this.#score[child]! += score;
    this.bonus[child]! += this.#weight * score;
  }

  forget(): void {
    // numbers only: the next prefix overwrites them
  }

  canEnd(): boolean {
    return true;
  }

  finish(node: number): number {
    return this.#model === undefined ? 0 : this.#weight * this.languageModelEnd(node);
  }

  textNode(node: number): number {
    return node;
  }

  hasSameFuture(node: number, other: number): boolean {
    return this.#state[node] === this.#state[other];
  }

  futureHash(node: number): number {
    return this.#state[node]!;
  }

  languageModelScore(node: number): number {
    return this.#score[node]!;
  }

  languageModelEnd(node: number): number {
    return this.#model?.score(this.#state[node]!, this.#model.endWord) ?? 0;
  }

  wordOf(): string {
    return "";
  }
}

/** @returns a copy of `array` with `length` entries */
export function resized<T extends Int32Array | Float64Array | Uint8Array>(array: T, length: number): T {
  const larger = new (array.constructor as new (length: number) => T)(length);
  larger.set(array);
  return larger;
}
