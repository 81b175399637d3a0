// Prefix beam search over CTC log-probabilities, one frame at a time: exact sums over alignments (or the best one), in typed arrays.
import { BeamColumns } from "./beam-columns.js";
import { Candidates, EXTEND, STAY_BLANK, STAY_SYMBOL } from "./candidates.js";
import type { Fusion } from "./fusion.js";
import { Lattice } from "./lattice.js";
import { PrefixTree } from "./prefix-tree.js";
import { SymbolSelection } from "./symbol-selection.js";

/** Entries of the lattice below which nothing is forgotten. */
const SMALL_LATTICE = 4096;

/** What a search needs to know; see `BeamOptions` for the meaning and the defaults. */
export interface SearchOptions {
  readonly symbols: number;
  /** −1: there is no blank, the emissions are those of an ASG network. */
  readonly blank: number;
  readonly delimiter: number;
  readonly beamSize: number;
  readonly beamThreshold: number;
  readonly symbolCount: number;
  readonly symbolThreshold: number;
  readonly sumAlignments: boolean;
  /** Blank and repetition are tried even if the frame's best symbols do not include them. */
  readonly alwaysStay: boolean;
  readonly delimiterScore: number;
  readonly recombine: boolean;
  /** [symbols, symbols] ASG transition scores, to × from. */
  readonly transitions: Float32Array | undefined;
  /** Symbols that are never put out. */
  readonly excluded: ReadonlySet<number>;
}

/**
 * Both endings of a prefix stand side by side, so that each extension is proposed once and merging needs no lookup: an
 * extension of one prefix can only meet the hypotheses of the child prefix itself, if that is in the beam.
 */
export class BeamSearch {
  frame = 0;
  readonly tree: PrefixTree;
  readonly lattice = new Lattice();
  beam: BeamColumns;
  #next: BeamColumns;
  readonly #candidates: Candidates;
  readonly #selection: SymbolSelection;
  readonly #row: Float64Array;
  /** [nodes] index in the beam, valid where `#stamp` is `#clock`. */
  #index = new Int32Array(256);
  #stamp = new Int32Array(256).fill(-1);
  #clock = 0;
  /** [symbols] index of the prefix whose child by this symbol is in the beam. */
  readonly #taken: Int32Array;
  #bestScore = -Infinity;
  #nextThinning = SMALL_LATTICE;

  constructor(
    readonly options: SearchOptions,
    readonly fusion: Fusion,
  ) {
    const { beamSize, symbols } = options;
    this.tree = new PrefixTree(fusion.rootSymbol);
    this.#candidates = new Candidates(beamSize);
    this.#selection = new SymbolSelection(options);
    this.#row = new Float64Array(symbols);
    this.#taken = new Int32Array(symbols).fill(-1);
    [this.beam, this.#next] = [new BeamColumns(beamSize), new BeamColumns(beamSize)];
    fusion.begin(this.tree, this.tree.capacity);
    // an empty prefix that counts as ended in a symbol takes more of that symbol for nothing
    this.beam.set(this.beam.add(0), fusion.rootSymbol < 0, 0, 0, -1);
  }

  /** @param data emissions from which the frame at `offset` is taken */
  step(data: Float32Array | Float64Array, offset: number): void {
    const { symbols, delimiter, delimiterScore } = this.options;
    const { beam, fusion } = this;
    for (let k = 0; k < symbols; k++) this.#row[k] = data[offset + k]!;
    this.#selection.select(this.#row);
    if (delimiterScore !== 0) this.#row[delimiter]! += delimiterScore;
    this.#candidates.clear();
    this.#bestScore = -Infinity;
    this.#clock += 1;
    for (let i = 0; i < beam.count; i++) {
      this.#index[beam.nodes[i]!] = i;
      this.#stamp[beam.nodes[i]!] = this.#clock;
    }
    for (let i = 0; i < beam.count; i++) this.#stay(i);
    for (let i = 0; i < beam.count; i++) {
      const node = beam.nodes[i]!;
      const choices =
        fusion.choices === undefined ? Infinity : fusion.choiceEnd(node) - fusion.choiceBegin(node);
      if (choices < this.#selection.count) this.#extendByChoices(i);
      else this.#extend(i);
    }
    this.#keep(data, offset);
    this.frame += 1;
    // forgetting takes time in proportion to what is kept, so it waits until as much again has come
    if (this.lattice.size > this.#nextThinning) this.thin();
  }

  #propose(
    score: number,
    best: number,
    source: number,
    kind: number,
    symbol: number,
    label: number,
    from: number,
  ): void {
    if (score < this.#bestScore - this.options.beamThreshold) return;
    if (score > this.#bestScore) this.#bestScore = score;
    this.#candidates.add(score, best, source, kind, symbol, label, from);
  }

  // a blank, the last symbol again, and arriving here from the parent prefix if that is in the beam
  #stay(i: number): void {
    const { blank, alwaysStay, transitions, symbols, delimiter } = this.options;
    const { beam, fusion } = this;
    const node = beam.nodes[i]!;
    const symbol = this.tree.symbol[node]!;
    if (blank >= 0 && (alwaysStay || this.#selection.has(blank))) {
      const step = this.#row[blank]!;
      this.#propose(this.#either(i) + step, beam.best(i) + step, i, STAY_BLANK, blank, -1, beam.place(i));
    }
    if (symbol < 0) return;
    let [score, best, from] = [-Infinity, -Infinity, -1];
    if (alwaysStay || this.#selection.has(symbol)) {
      let step = this.#row[symbol]!;
      if (transitions !== undefined && this.frame > 0) step += transitions[symbol * symbols + symbol]!;
      const absorbs = symbol === delimiter && fusion.absorbs[node] === 1;
      score = (absorbs ? this.#either(i) : beam.symbolScore[i]!) + step;
      best = (absorbs ? beam.best(i) : beam.symbolBest[i]!) + step;
      from = absorbs ? beam.place(i) : beam.symbolPlace[i]!;
    }
    const parent = this.tree.parent[node]!;
    if (parent >= 0 && this.#stamp[parent] === this.#clock && this.#selection.has(symbol)) {
      const p = this.#index[parent]!;
      const isRepeat = this.#isRepeat(parent, symbol);
      const step = this.#step(symbol, parent) + fusion.bonus[node]! - fusion.bonus[parent]!;
      const arrival = (isRepeat ? beam.blankBest[p]! : beam.best(p)) + step;
      score = this.#sum(score, (isRepeat ? beam.blankScore[p]! : this.#either(p)) + step);
      if (arrival > best) [best, from] = [arrival, isRepeat ? beam.blankPlace[p]! : beam.place(p)];
    }
    if (score > -Infinity) this.#propose(score, best, i, STAY_SYMBOL, symbol, -1, from);
  }

  #extend(i: number): void {
    const node = this.beam.nodes[i]!;
    this.#markChildren(i);
    const highest = this.#either(i) + this.fusion.bound(node);
    const { count, order } = this.#selection;
    const isSorted = this.options.transitions === undefined && this.options.delimiterScore === 0;
    for (let j = 0; j < count; j++) {
      if (this.#isHopeless(highest + this.#row[order[j]!]!)) {
        if (isSorted) break;
      } else this.#extendBy(i, node, order[j]!);
    }
  }

  #extendByChoices(i: number): void {
    const node = this.beam.nodes[i]!;
    const choices = this.fusion.choices!; // the caller has seen that there are some
    this.#markChildren(i);
    const highest = this.#either(i) + this.fusion.bound(node);
    const end = this.fusion.choiceEnd(node);
    for (let at = this.fusion.choiceBegin(node); at < end; at++) {
      const symbol = choices[at]!;
      if (this.#selection.has(symbol) && !this.#isHopeless(highest + this.#row[symbol]!))
        this.#extendBy(i, node, symbol);
    }
  }

  // ASG transitions may add anything, so there no bound holds
  #isHopeless(limit: number): boolean {
    if (this.options.transitions !== undefined) return false;
    return limit <= this.#candidates.bar || limit < this.#bestScore - this.options.beamThreshold;
  }

  #extendBy(i: number, node: number, symbol: number): void {
    const { beam, fusion } = this;
    if (symbol === this.options.blank || (symbol === this.options.delimiter && fusion.absorbs[node] === 1))
      return;
    const isRepeat = this.#isRepeat(node, symbol);
    const base = isRepeat ? beam.blankScore[i]! : this.#either(i);
    if (base === -Infinity) return;
    const outcomes = fusion.extend(node, symbol);
    if (outcomes === 0) return;
    const step = this.#step(symbol, node);
    const { gains, labels } = fusion;
    for (let o = 0; o < outcomes; o++) {
      const total = base + step + gains[o]!;
      if (total <= this.#candidates.bar || !(total > -Infinity)) continue;
      if (this.#taken[symbol] === i && this.#isInBeam(this.tree.find(node, symbol, labels[o]!))) continue;
      const best = (isRepeat ? beam.blankBest[i]! : beam.best(i)) + step + gains[o]!;
      this.#propose(
        total,
        best,
        i,
        EXTEND,
        symbol,
        labels[o]!,
        isRepeat ? beam.blankPlace[i]! : beam.place(i),
      );
    }
  }

  // the same symbol again is a new one only after a blank
  #isRepeat(node: number, symbol: number): boolean {
    return symbol === this.tree.symbol[node] && this.options.blank >= 0;
  }

  #either(i: number): number {
    return this.#sum(this.beam.blankScore[i]!, this.beam.symbolScore[i]!);
  }

  #step(symbol: number, node: number): number {
    const { transitions, symbols } = this.options;
    if (transitions === undefined || this.frame === 0) return this.#row[symbol]!;
    return this.#row[symbol]! + transitions[symbol * symbols + this.tree.symbol[node]!]!;
  }

  #sum(a: number, b: number): number {
    if (a === -Infinity) return b;
    if (b === -Infinity) return a;
    if (!this.options.sumAlignments) return a > b ? a : b;
    return a > b ? a + Math.log1p(Math.exp(b - a)) : b + Math.log1p(Math.exp(a - b));
  }

  #markChildren(i: number): void {
    for (
      let child = this.tree.firstChild(this.beam.nodes[i]!);
      child >= 0;
      child = this.tree.sibling(child)
    ) {
      if (this.#stamp[child] === this.#clock) this.#taken[this.tree.symbol[child]!] = i;
    }
  }

  #isInBeam(node: number): boolean {
    return node >= 0 && this.#stamp[node] === this.#clock;
  }

  // turns the best candidates into the next beam
  #keep(data: Float32Array | Float64Array, offset: number): void {
    const best = this.#candidates;
    best.sort();
    this.#taken.fill(-1);
    this.lattice.beginFrame();
    const lowest = this.#bestScore - this.options.beamThreshold;
    const source = this.beam;
    [this.beam, this.#next] = [this.#next, source];
    this.beam.count = 0;
    this.#clock += 1;
    const seen = this.options.recombine ? new Map<number, number[]>() : undefined;
    for (let j = 0; j < best.count; j++) {
      const slot = best.order[j]!;
      const score = best.score[slot]!;
      if (score < lowest) break;
      const symbol = best.symbol[slot]!;
      const isBlank = best.kind[slot] === STAY_BLANK;
      const before = source.nodes[best.source[slot]!]!;
      const node = best.kind[slot] === EXTEND ? this.child(before, symbol, best.label[slot]!) : before;
      if (seen !== undefined && this.#isRecombined(seen, node, isBlank)) continue;
      const place = this.lattice.add(best.from[slot]!, node, symbol, data[offset + symbol]!);
      if (this.#stamp[node] !== this.#clock) {
        this.#stamp[node] = this.#clock;
        this.#index[node] = this.beam.add(node);
      }
      this.beam.set(this.#index[node]!, isBlank, score, best.best[slot]!, place);
    }
  }

  /** @returns the node of a prefix one step longer, a new one if it has none */
  child(parent: number, symbol: number, label: number): number {
    const known = this.tree.find(parent, symbol, label);
    if (known >= 0) return known;
    const child = this.tree.add(parent, symbol, label);
    if (this.#stamp.length < this.tree.capacity) {
      const [stamp, index] = [this.#stamp, this.#index];
      this.#stamp = new Int32Array(this.tree.capacity).fill(-1);
      this.#stamp.set(stamp);
      this.#index = new Int32Array(this.tree.capacity);
      this.#index.set(index);
      this.fusion.grow(this.tree, this.tree.capacity);
    }
    this.#stamp[child] = -1;
    this.fusion.enter(child, parent, symbol, label);
    return child;
  }

  // a better hypothesis that every continuation treats alike makes this one superfluous
  #isRecombined(seen: Map<number, number[]>, node: number, isBlank: boolean): boolean {
    const symbol = this.tree.symbol[node]!;
    const hash = (Math.imul(this.fusion.futureHash(node), 31) + symbol) * 2 + (isBlank ? 1 : 0);
    const others = seen.get(hash) ?? [];
    for (const other of others) {
      if (other !== node && this.tree.symbol[other] === symbol && this.fusion.hasSameFuture(node, other))
        return true;
    }
    seen.set(hash, [...others, node]);
    return false;
  }

  /** Forgets everything that no hypothesis needs and commits what all have in common. */
  thin(): void {
    const { beam } = this;
    const needed = beam.prefixes;
    this.lattice.thin(
      [beam.blankPlace, beam.symbolPlace],
      beam.count,
      this.options.blank,
      this.tree.label,
      (node) => needed.push(node),
    );
    this.fusion.forget(this.tree.sweep(needed));
    this.#nextThinning = 2 * this.lattice.size + SMALL_LATTICE;
  }

  /** Lets the fusion compute what the next frame needs. */
  async prepare(): Promise<void> {
    await this.fusion.prepare?.(this.beam.nodes, this.beam.count);
  }
}
