// Free spelling scored by a neural network: asked once a frame for all new prefixes together.
import type { Fusion, PrefixColumns } from "./fusion.js";
import { resized } from "./symbol-fusion.js";

/**
 * A network that predicts the next symbol. `State` is whatever it needs to remember of a prefix.
 */
export interface NeuralLanguageModel<State> {
  /** State of the empty prefix. */
  readonly begin: State;
  /** @returns the state of a prefix one symbol longer; cheap, the work is done in `score` */
  extend(state: State, symbol: number): State;
  /**
   * Scores many prefixes in one batch.
   *
   * @returns for each state natural-log probabilities of every symbol of the vocabulary, then of the end of the text
   */
  score(states: readonly State[]): Promise<readonly Float32Array[]>;
}

/** Settings of decoding with a network. */
export interface NeuralFusionOptions {
  readonly model: NeuralLanguageModel<unknown>;
  readonly weight: number;
  readonly symbolScore: number;
  readonly rootSymbol: number;
}

/** Every symbol may follow; rows of the network's answers are kept while their prefix is in use. */
export class NeuralFusion implements Fusion {
  bonus = new Float64Array(0);
  absorbs = new Uint8Array(0);
  readonly rootSymbol: number;
  readonly choices = undefined;
  readonly gains = new Float64Array(1);
  readonly labels = new Int32Array([-1]);
  readonly #options: NeuralFusionOptions;
  readonly #states: unknown[] = [];
  readonly #rows: (Float32Array | undefined)[] = [];
  #score = new Float64Array(0);

  constructor(options: NeuralFusionOptions) {
    this.#options = options;
    this.rootSymbol = options.rootSymbol;
  }

  begin(columns: PrefixColumns, capacity: number): void {
    this.grow(columns, capacity);
    this.#states[0] = this.#options.model.begin;
    this.#rows[0] = undefined;
  }

  grow(_columns: PrefixColumns, capacity: number): void {
    this.bonus = resized(this.bonus, capacity);
    this.absorbs = resized(this.absorbs, capacity);
    this.#score = resized(this.#score, capacity);
  }

  /** Asks the network about every prefix of the beam that it has not seen. */
  async prepare(nodes: Int32Array, count: number): Promise<void> {
    const missing = Array.from(nodes.subarray(0, count)).filter((node) => this.#rows[node] === undefined);
    if (missing.length === 0) return;
    const rows = await this.#options.model.score(missing.map((node) => this.#states[node]));
    if (rows.length !== missing.length)
      throw new Error(`neural model: ${rows.length} rows for ${missing.length} states; expected one each`);
    missing.forEach((node, i) => (this.#rows[node] = rows[i]!));
  }

  choiceBegin(): number {
    return 0;
  }

  choiceEnd(): number {
    return Infinity;
  }

  bound(): number {
    return this.#options.weight >= 0 ? Math.max(0, this.#options.symbolScore) : Infinity;
  }

  extend(node: number, symbol: number): number {
    this.gains[0] = this.#options.weight * this.#rowOf(node)[symbol]! + this.#options.symbolScore;
    return 1;
  }

  enter(child: number, node: number, symbol: number): void {
    this.#states[child] = this.#options.model.extend(this.#states[node], symbol);
    this.#rows[child] = undefined;
    const score = this.#rowOf(node)[symbol]!;
    this.#score[child] = this.#score[node]! + score;
    this.bonus[child] = this.bonus[node]! + this.#options.weight * score + this.#options.symbolScore;
  }

  forget(nodes: readonly number[]): void {
    for (const node of nodes) {
      this.#states[node] = undefined;
      this.#rows[node] = undefined;
    }
  }

  canEnd(): boolean {
    return true;
  }

  finish(node: number): number {
    return this.#options.weight * this.#rowOf(node).at(-1)!;
  }

  textNode(node: number): number {
    return node;
  }

  hasSameFuture(): boolean {
    return false; // a network may remember everything
  }

  futureHash(node: number): number {
    return node;
  }

  languageModelScore(node: number): number {
    return this.#score[node]! / Math.LN10;
  }

  languageModelEnd(node: number): number {
    return this.#rowOf(node).at(-1)! / Math.LN10;
  }

  wordOf(): string {
    return "";
  }

  #rowOf(node: number): Float32Array {
    const row = this.#rows[node];
    if (row === undefined)
      throw new Error(
        "neural model: decode with decodeBeamAsync or feedAsync, which ask the network between frames",
      );
    return row;
  }
}
