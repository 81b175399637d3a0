// Prefix beam search over CTC log-probabilities, one frame at a time: exact sums over alignments (or the best one), in typed arrays.
import { Candidates, EXTEND, STAY_BLANK, STAY_SYMBOL } from "./candidates.js";
import type { Fusion } from "./fusion.js";
import { Lattice, type Run, type SavedLattice } from "./lattice.js";
import { PrefixTree } from "./prefix-tree.js";
import { SymbolSelection } from "./symbol-selection.js";

/** Frames between two rounds of forgetting what no hypothesis needs. */
const THINNING_INTERVAL = 128;

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

/** A complete hypothesis; scores are natural logs except `languageModel`. */
export interface RawHypothesis {
  readonly score: number;
  readonly acoustic: number;
  readonly languageModel: number;
  readonly runs: readonly Run[];
}

/**
 * The hypotheses in hand are pairs of a prefix and how it ended: in a blank or in its last symbol. Both scores of a
 * prefix stand side by side, so that each extension is proposed once and merging needs no lookup: an extension of one
 * prefix can only meet the hypotheses of the child prefix itself, if that is in the beam.
 */
export class BeamSearch {
  frame = 0;
  readonly tree: PrefixTree;
  readonly #lattice = new Lattice();
  readonly #best: Candidates;
  readonly #selection: SymbolSelection;
  readonly #row: Float64Array;
  // the beam: node, and of "ended in blank" and "ended in its symbol" the score, that of the best alignment, its place in the lattice
  #count = 0;
  #nodes: Int32Array;
  #blankScore: Float64Array;
  #symbolScore: Float64Array;
  #blankBest: Float64Array;
  #symbolBest: Float64Array;
  #blankPlace: Int32Array;
  #symbolPlace: Int32Array;
  #nextNodes: Int32Array;
  /** [nodes] place in the beam, valid where `#stamp` is the current frame's. */
  #place = new Int32Array(256);
  #stamp = new Int32Array(256).fill(-1);
  #clock = 0;
  /** [symbols] source whose active child by this symbol is in the beam. */
  readonly #taken: Int32Array;
  #bestScore = -Infinity;

  constructor(
    readonly options: SearchOptions,
    readonly fusion: Fusion,
  ) {
    const { beamSize, symbols } = options;
    this.tree = new PrefixTree(fusion.rootSymbol);
    this.#best = new Candidates(beamSize);
    this.#selection = new SymbolSelection(options);
    this.#row = new Float64Array(symbols);
    this.#taken = new Int32Array(symbols).fill(-1);
    [this.#nodes, this.#nextNodes] = [new Int32Array(beamSize), new Int32Array(beamSize)];
    [this.#blankScore, this.#symbolScore] = [new Float64Array(beamSize), new Float64Array(beamSize)];
    [this.#blankBest, this.#symbolBest] = [new Float64Array(beamSize), new Float64Array(beamSize)];
    [this.#blankPlace, this.#symbolPlace] = [
      new Int32Array(beamSize).fill(-1),
      new Int32Array(beamSize).fill(-1),
    ];
    fusion.begin(this.tree, this.tree.capacity);
    this.#count = 1;
    // an empty prefix that counts as ended in a symbol takes more of that symbol for nothing
    const startsInSymbol = fusion.rootSymbol >= 0;
    this.#blankScore[0] = startsInSymbol ? -Infinity : 0;
    this.#symbolScore[0] = startsInSymbol ? 0 : -Infinity;
    this.#blankBest[0] = this.#blankScore[0];
    this.#symbolBest[0] = this.#symbolScore[0];
  }

  /** @param data emissions from which the frame at `offset` is taken */
  step(data: Float32Array | Float64Array, offset: number): void {
    const { symbols, delimiter, delimiterScore } = this.options;
    for (let k = 0; k < symbols; k++) this.#row[k] = data[offset + k]!;
    this.#selection.select(this.#row);
    if (delimiterScore !== 0) this.#row[delimiter]! += delimiterScore;
    this.#best.clear();
    this.#bestScore = -Infinity;
    this.#clock += 1;
    for (let i = 0; i < this.#count; i++) {
      this.#place[this.#nodes[i]!] = i;
      this.#stamp[this.#nodes[i]!] = this.#clock;
    }
    for (let i = 0; i < this.#count; i++) this.#stay(i);
    for (let i = 0; i < this.#count; i++) {
      if (
        this.fusion.choices !== undefined &&
        this.fusion.choiceEnd(this.#nodes[i]!) - this.fusion.choiceBegin(this.#nodes[i]!) <
          this.#selection.count
      )
        this.#extendByChoices(i);
      else this.#extend(i);
    }
    this.#keep(data, offset);
    this.frame += 1;
    if (this.frame % THINNING_INTERVAL === 0) this.#thin();
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
    this.#best.add(score, best, source, kind, symbol, label, from);
  }

  // a blank, the last symbol again, and arriving here from the parent prefix if that is in the beam
  #stay(i: number): void {
    const { blank, alwaysStay, transitions, symbols, delimiter } = this.options;
    const node = this.#nodes[i]!;
    const symbol = this.tree.symbol[node]!;
    const [b, s] = [this.#blankScore[i]!, this.#symbolScore[i]!];
    const [bestB, bestS] = [this.#blankBest[i]!, this.#symbolBest[i]!];
    const either = bestB >= bestS ? this.#blankPlace[i]! : this.#symbolPlace[i]!;
    if (blank >= 0 && (alwaysStay || this.#selection.has(blank))) {
      const step = this.#row[blank]!;
      this.#propose(this.#sum(b, s) + step, Math.max(bestB, bestS) + step, i, STAY_BLANK, blank, -1, either);
    }
    if (symbol < 0) return;
    let [score, best, from] = [-Infinity, -Infinity, -1];
    if (alwaysStay || this.#selection.has(symbol)) {
      let step = this.#row[symbol]!;
      if (transitions !== undefined && this.frame > 0) step += transitions[symbol * symbols + symbol]!;
      const absorbs = symbol === delimiter && this.fusion.absorbs[node] === 1;
      score = (absorbs ? this.#sum(b, s) : s) + step;
      best = (absorbs ? Math.max(bestB, bestS) : bestS) + step;
      from = absorbs ? either : this.#symbolPlace[i]!;
    }
    const parent = this.tree.parent[node]!;
    if (parent >= 0 && this.#stamp[parent] === this.#clock && this.#selection.has(symbol)) {
      const p = this.#place[parent]!;
      const step =
        this.#step(symbol, this.tree.symbol[parent]!) + this.fusion.bonus[node]! - this.fusion.bonus[parent]!;
      const arrival = this.#leavingBest(p, symbol) + step;
      score = this.#sum(score, this.#leaving(p, symbol) + step);
      if (arrival > best) [best, from] = [arrival, this.#leavingPlace(p, symbol)];
    }
    if (score > -Infinity) this.#propose(score, best, i, STAY_SYMBOL, symbol, -1, from);
  }

  #extend(i: number): void {
    const node = this.#nodes[i]!;
    this.#markChildren(i);
    const highest = this.#sum(this.#blankScore[i]!, this.#symbolScore[i]!) + this.fusion.bound(node);
    const { count, order } = this.#selection;
    const isSorted = this.options.transitions === undefined && this.options.delimiterScore === 0;
    for (let j = 0; j < count; j++) {
      const symbol = order[j]!;
      const limit = highest + this.#row[symbol]!;
      if (limit <= this.#best.bar || limit < this.#bestScore - this.options.beamThreshold) {
        if (isSorted) break;
        if (this.options.transitions === undefined) continue;
      }
      this.#extendBy(i, node, symbol);
    }
  }

  #extendByChoices(i: number): void {
    const node = this.#nodes[i]!;
    const { choices } = this.fusion;
    if (choices === undefined) return;
    this.#markChildren(i);
    const highest = this.#sum(this.#blankScore[i]!, this.#symbolScore[i]!) + this.fusion.bound(node);
    const [begin, end] = [this.fusion.choiceBegin(node), this.fusion.choiceEnd(node)];
    const hasTransitions = this.options.transitions !== undefined;
    for (let at = begin; at < end; at++) {
      const symbol = choices[at]!;
      if (!this.#selection.has(symbol)) continue;
      const limit = highest + this.#row[symbol]!;
      if (
        !hasTransitions &&
        (limit <= this.#best.bar || limit < this.#bestScore - this.options.beamThreshold)
      )
        continue;
      this.#extendBy(i, node, symbol);
    }
  }

  #extendBy(i: number, node: number, symbol: number): void {
    if (
      symbol === this.options.blank ||
      (symbol === this.options.delimiter && this.fusion.absorbs[node] === 1)
    )
      return;
    const base = this.#leaving(i, symbol);
    if (base === -Infinity) return;
    const outcomes = this.fusion.extend(node, symbol);
    if (outcomes === 0) return;
    const step = this.#step(symbol, this.tree.symbol[node]!);
    const { gains, labels } = this.fusion;
    for (let o = 0; o < outcomes; o++) {
      const total = base + step + gains[o]!;
      if (total <= this.#best.bar || !(total > -Infinity)) continue;
      if (this.#taken[symbol] === i && this.#isActiveChild(node, symbol, labels[o]!)) continue;
      const best = this.#leavingBest(i, symbol) + step + gains[o]!;
      this.#propose(total, best, i, EXTEND, symbol, labels[o]!, this.#leavingPlace(i, symbol));
    }
  }

  // score from which `symbol` may follow: the same symbol again needs a blank in between
  #leaving(i: number, symbol: number): number {
    const isRepeat = symbol === this.tree.symbol[this.#nodes[i]!] && this.options.blank >= 0;
    return isRepeat ? this.#blankScore[i]! : this.#sum(this.#blankScore[i]!, this.#symbolScore[i]!);
  }

  #leavingBest(i: number, symbol: number): number {
    const isRepeat = symbol === this.tree.symbol[this.#nodes[i]!] && this.options.blank >= 0;
    return isRepeat ? this.#blankBest[i]! : Math.max(this.#blankBest[i]!, this.#symbolBest[i]!);
  }

  #leavingPlace(i: number, symbol: number): number {
    const isRepeat = symbol === this.tree.symbol[this.#nodes[i]!] && this.options.blank >= 0;
    return isRepeat || this.#blankBest[i]! >= this.#symbolBest[i]!
      ? this.#blankPlace[i]!
      : this.#symbolPlace[i]!;
  }

  #step(symbol: number, before: number): number {
    const { transitions, symbols } = this.options;
    if (transitions === undefined || this.frame === 0) return this.#row[symbol]!;
    return this.#row[symbol]! + transitions[symbol * symbols + before]!;
  }

  #sum(a: number, b: number): number {
    if (a === -Infinity) return b;
    if (b === -Infinity) return a;
    if (!this.options.sumAlignments) return a > b ? a : b;
    return a > b ? a + Math.log1p(Math.exp(b - a)) : b + Math.log1p(Math.exp(a - b));
  }

  #markChildren(i: number): void {
    for (let child = this.tree.firstChild(this.#nodes[i]!); child >= 0; child = this.tree.sibling(child)) {
      if (this.#stamp[child] === this.#clock) this.#taken[this.tree.symbol[child]!] = i;
    }
  }

  #isActiveChild(node: number, symbol: number, label: number): boolean {
    const child = this.tree.find(node, symbol, label);
    return child >= 0 && this.#stamp[child] === this.#clock;
  }

  // turns the best candidates into the next beam
  #keep(data: Float32Array | Float64Array, offset: number): void {
    const best = this.#best;
    best.sort();
    this.#taken.fill(-1);
    this.#lattice.beginFrame();
    const lowest = this.#bestScore - this.options.beamThreshold;
    const source = this.#nodes;
    this.#nodes = this.#nextNodes;
    this.#nextNodes = source;
    this.#count = 0;
    this.#clock += 1;
    const seen = this.options.recombine ? new Map<number, number[]>() : undefined;
    for (let j = 0; j < best.count; j++) {
      const slot = best.order[j]!;
      const score = best.score[slot]!;
      if (score < lowest) break;
      const symbol = best.symbol[slot]!;
      const isBlank = best.kind[slot] === STAY_BLANK;
      const parent = source[best.source[slot]!]!;
      const node = best.kind[slot] === EXTEND ? this.#child(parent, symbol, best.label[slot]!) : parent;
      if (seen !== undefined && this.#isRecombined(seen, node, isBlank)) continue;
      const place = this.#lattice.add(best.from[slot]!, node, symbol, data[offset + symbol]!);
      let i = this.#place[node]!;
      if (this.#stamp[node] !== this.#clock) {
        i = this.#count++;
        this.#stamp[node] = this.#clock;
        this.#place[node] = i;
        this.#nodes[i] = node;
        this.#blankScore[i] = -Infinity;
        this.#symbolScore[i] = -Infinity;
        this.#blankBest[i] = -Infinity;
        this.#symbolBest[i] = -Infinity;
        this.#blankPlace[i] = -1;
        this.#symbolPlace[i] = -1;
      }
      (isBlank ? this.#blankScore : this.#symbolScore)[i] = score;
      (isBlank ? this.#blankBest : this.#symbolBest)[i] = best.best[slot]!;
      (isBlank ? this.#blankPlace : this.#symbolPlace)[i] = place;
    }
  }

  #child(parent: number, symbol: number, label: number): number {
    const known = this.tree.find(parent, symbol, label);
    if (known >= 0) return known;
    const child = this.tree.add(parent, symbol, label);
    if (this.#stamp.length < this.tree.capacity) {
      const [stamp, place] = [this.#stamp, this.#place];
      this.#stamp = new Int32Array(this.tree.capacity).fill(-1);
      this.#stamp.set(stamp);
      this.#place = new Int32Array(this.tree.capacity);
      this.#place.set(place);
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
    const others = seen.get(hash);
    if (others === undefined) {
      seen.set(hash, [node]);
      return false;
    }
    for (const other of others) {
      if (other !== node && this.tree.symbol[other] === symbol && this.fusion.hasSameFuture(node, other))
        return true;
    }
    others.push(node);
    return false;
  }

  #thin(): void {
    const needed: number[] = Array.from(this.#nodes.subarray(0, this.#count));
    this.#lattice.thin(
      [this.#blankPlace, this.#symbolPlace],
      this.#count,
      this.options.blank,
      this.tree.label,
      (node) => needed.push(node),
    );
    this.fusion.forget(this.tree.sweep(needed));
  }

  /** Lets the fusion compute what the next frame needs. */
  async prepare(): Promise<void> {
    await this.fusion.prepare?.(this.#nodes, this.#count);
  }

  /** Symbol runs that every hypothesis shares; they will not change, except that the last one may grow longer. */
  get committed(): readonly Run[] {
    return this.#lattice.committed;
  }

  /**
   * The best texts if the input ended here (`isEnd`) or as it stands, best first. Hypotheses of one text are one:
   * their scores are added, or the best taken.
   */
  hypotheses(count: number, isEnd: boolean): RawHypothesis[] {
    const { fusion } = this;
    const texts = new Map<number, { score: number; best: number; node: number; place: number }>();
    const nodes = Array.from(this.#nodes.subarray(0, this.#count));
    const mayAllEnd = !isEnd || !nodes.some((node) => fusion.canEnd(node));
    nodes.forEach((node, i) => {
      if (!mayAllEnd && !fusion.canEnd(node)) return;
      const gain = isEnd ? fusion.finish(node) : 0;
      const text = isEnd ? fusion.textNode(node) : node;
      for (const [before, best, place] of [
        [this.#blankScore[i]!, this.#blankBest[i]!, this.#blankPlace[i]!],
        [this.#symbolScore[i]!, this.#symbolBest[i]!, this.#symbolPlace[i]!],
      ] as const) {
        const score = before + gain;
        if (score === -Infinity || Number.isNaN(score)) continue;
        const other = texts.get(text);
        if (other === undefined) texts.set(text, { score, best: best + gain, node, place });
        else {
          if (best + gain > other.best) Object.assign(other, { best: best + gain, node, place });
          other.score = this.#sum(other.score, score);
        }
      }
    });
    const sorted = [...texts.values()].sort((a, b) => b.score - a.score);
    const lowest = (sorted[0]?.score ?? 0) - this.options.beamThreshold;
    return sorted
      .slice(0, count)
      .filter(({ score }) => score >= lowest)
      .map(({ score, node, place }) => {
        const runs = this.#lattice.runs(place, this.options.blank, this.tree.label);
        const earned =
          fusion.bonus[node]! +
          (isEnd ? fusion.finish(node) : 0) +
          this.#delimiterFrames(runs) * this.options.delimiterScore;
        const languageModel = fusion.languageModelScore(node) + (isEnd ? fusion.languageModelEnd(node) : 0);
        return { score, acoustic: score - earned, languageModel, runs };
      });
  }

  #delimiterFrames(runs: readonly Run[]): number {
    return runs.reduce((sum, run) => sum + (run.symbol === this.options.delimiter ? run.frames : 0), 0);
  }

  /** @returns the state of the search as plain numbers, for `restore` of a search with the same options */
  save(): SavedSearch {
    this.#thin();
    const numbers = new Map<number, number>([[0, 0]]);
    const [parent, symbol, label]: [number[], number[], number[]] = [[], [], []];
    const queue = [0];
    for (let node = queue.shift(); node !== undefined; node = queue.shift()) {
      for (let child = this.tree.firstChild(node); child >= 0; child = this.tree.sibling(child)) {
        numbers.set(child, numbers.size);
        parent.push(numbers.get(node)!);
        symbol.push(this.tree.symbol[child]!);
        label.push(this.tree.label[child]!);
        queue.push(child);
      }
    }
    const beam = Array.from(this.#nodes.subarray(0, this.#count), (node, i) => ({
      node: numbers.get(node)!,
      blank:
        this.#blankScore[i]! > -Infinity
          ? [this.#blankScore[i]!, this.#blankPlace[i]!, this.#blankBest[i]!]
          : [],
      symbol:
        this.#symbolScore[i]! > -Infinity
          ? [this.#symbolScore[i]!, this.#symbolPlace[i]!, this.#symbolBest[i]!]
          : [],
    }));
    return { frame: this.frame, parent, symbol, label, beam, lattice: this.#lattice.save(numbers) };
  }

  /** Takes up a saved search; to be called on a new one. */
  restore(saved: SavedSearch): void {
    const nodes = [0];
    saved.parent.forEach((parent, i) =>
      nodes.push(this.#child(nodes[parent]!, saved.symbol[i]!, saved.label[i]!)),
    );
    this.#lattice.restore(saved.lattice);
    this.frame = saved.frame;
    this.#count = saved.beam.length;
    saved.beam.forEach(({ node, blank, symbol }, i) => {
      this.#nodes[i] = nodes[node]!;
      this.#blankScore[i] = blank[0] ?? -Infinity;
      this.#blankPlace[i] = blank[1] ?? -1;
      this.#blankBest[i] = blank[2] ?? -Infinity;
      this.#symbolScore[i] = symbol[0] ?? -Infinity;
      this.#symbolPlace[i] = symbol[1] ?? -1;
      this.#symbolBest[i] = symbol[2] ?? -Infinity;
    });
  }
}

/** A search in progress as plain numbers: JSON and structured clone both carry it. */
export interface SavedSearch {
  readonly frame: number;
  readonly parent: number[];
  readonly symbol: number[];
  readonly label: number[];
  readonly beam: { node: number; blank: number[]; symbol: number[] }[];
  readonly lattice: SavedLattice;
}
