// Where each hypothesis came from, frame by frame: back-pointers for times, thinned out to the paths still alive.
import { doubled } from "./prefix-tree.js";

/** A stretch of frames of one symbol on a path. */
export interface Run {
  /** Node of the prefix tree that the symbol led to. */
  node: number;
  symbol: number;
  label: number;
  /** First frame, and the frame after the last. */
  start: number;
  end: number;
  /** Sum of the symbol's log-probabilities and over how many frames. */
  logProbability: number;
  frames: number;
}

/** One entry per hypothesis and frame; steps back are exactly one frame. */
export class Lattice {
  #from = new Int32Array(4096);
  #node = new Int32Array(4096);
  #symbol = new Int32Array(4096);
  #logProbability = new Float32Array(4096);
  /** First entry of each frame since the last commit. */
  #starts: number[] = [];
  #count = 0;
  /** Frames whose path is the same in every hypothesis. */
  committedFrames = 0;
  readonly committed: Run[] = [];

  get size(): number {
    return this.#count;
  }

  beginFrame(): void {
    this.#starts.push(this.#count);
  }

  /** @returns the place of the new entry */
  add(from: number, node: number, symbol: number, logProbability: number): number {
    const at = this.#count++;
    if (at >= this.#from.length) {
      this.#from = doubled(this.#from);
      this.#node = doubled(this.#node);
      this.#symbol = doubled(this.#symbol);
      this.#logProbability = doubled(this.#logProbability);
    }
    this.#from[at] = from;
    this.#node[at] = node;
    this.#symbol[at] = symbol;
    this.#logProbability[at] = logProbability;
    return at;
  }

  /** @returns the symbol runs of the path that ends in entry `last`, committed ones first */
  runs(last: number, blank: number, label: Int32Array): Run[] {
    const path: number[] = [];
    for (let at = last; at >= 0; at = this.#from[at]!) path.push(at);
    const runs = this.committed.map((run) => ({ ...run }));
    for (let i = path.length - 1, frame = this.committedFrames; i >= 0; i--, frame++)
      this.#append(runs, path[i]!, frame, blank, label);
    return runs;
  }

  /**
   * Forgets entries that no path of `heads` uses and commits the frames in which all of them agree.
   *
   * @param heads entries of the beam; replaced by their new places
   * @param mark told every node that is still needed
   */
  thin(
    heads: readonly Int32Array[],
    count: number,
    blank: number,
    label: Int32Array,
    mark: (node: number) => void,
  ): void {
    const isAlive = new Uint8Array(this.#count);
    for (const head of heads) {
      for (let i = 0; i < count; i++)
        for (let at = head[i]!; at >= 0 && isAlive[at] === 0; at = this.#from[at]!) isAlive[at] = 1;
    }
    // the last frame with a single living entry ends the common path
    let common = -1;
    for (let frame = this.#starts.length - 1; frame >= 0 && common < 0; frame--) {
      let alive = 0;
      for (let at = this.#starts[frame]!; at < (this.#starts[frame + 1] ?? this.#count) && alive < 2; at++)
        alive += isAlive[at]!;
      if (alive === 1) common = frame;
    }
    for (let frame = 0; frame <= common; frame++) {
      let at = this.#starts[frame]!;
      while (isAlive[at] === 0) at += 1;
      this.#append(this.committed, at, this.committedFrames + frame, blank, label);
    }
    const places = new Int32Array(this.#count).fill(-1);
    const starts: number[] = [];
    let kept = 0;
    for (let frame = common + 1; frame < this.#starts.length; frame++) {
      starts.push(kept);
      for (let at = this.#starts[frame]!; at < (this.#starts[frame + 1] ?? this.#count); at++) {
        if (isAlive[at] === 0) continue;
        const from = this.#from[at]!;
        this.#from[kept] = from < 0 ? -1 : places[from]!;
        this.#node[kept] = this.#node[at]!;
        this.#symbol[kept] = this.#symbol[at]!;
        this.#logProbability[kept] = this.#logProbability[at]!;
        places[at] = kept++;
        mark(this.#node[at]!);
      }
    }
    for (const head of heads) for (let i = 0; i < count; i++) if (head[i]! >= 0) head[i] = places[head[i]!]!;
    this.#count = kept;
    this.#starts = starts;
    this.committedFrames += common + 1;
    const last = this.committed.at(-1);
    if (last !== undefined) mark(last.node);
  }

  #append(runs: Run[], at: number, frame: number, blank: number, label: Int32Array): void {
    const symbol = this.#symbol[at]!;
    if (symbol === blank || symbol < 0) return;
    const node = this.#node[at]!;
    const last = runs.at(-1);
    if (last !== undefined && last.node === node) {
      last.end = frame + 1;
      last.logProbability += this.#logProbability[at]!;
      last.frames += 1;
    } else if (node > 0) {
      runs.push({
        node,
        symbol,
        label: label[node]!,
        start: frame,
        end: frame + 1,
        logProbability: this.#logProbability[at]!,
        frames: 1,
      });
    }
  }

  /** @returns everything as plain numbers; `nodes` renumbers nodes */
  save(nodes: ReadonlyMap<number, number>): SavedLattice {
    const numbered = (node: number) => nodes.get(node) ?? 0;
    return {
      from: Array.from(this.#from.subarray(0, this.#count)),
      node: Array.from(this.#node.subarray(0, this.#count), numbered),
      symbol: Array.from(this.#symbol.subarray(0, this.#count)),
      logProbability: Array.from(this.#logProbability.subarray(0, this.#count)),
      starts: [...this.#starts],
      committedFrames: this.committedFrames,
      // nodes of older runs may be in use for other prefixes by now: only the last one is compared
      committed: this.committed.map((run, i) => ({
        ...run,
        node: i === this.committed.length - 1 ? numbered(run.node) : -1,
      })),
    };
  }

  /** @param nodes [saved number] node of the prefix tree */
  restore(saved: SavedLattice, nodes: readonly number[]): void {
    this.#count = 0;
    saved.from.forEach((from, i) =>
      this.add(from, nodes[saved.node[i]!]!, saved.symbol[i]!, saved.logProbability[i]!),
    );
    this.#starts = [...saved.starts];
    this.committedFrames = saved.committedFrames;
    this.committed.length = 0;
    for (const run of saved.committed) this.committed.push({ ...run, node: nodes[run.node] ?? -1 });
  }
}

/** A lattice as plain numbers. */
export interface SavedLattice {
  readonly from: number[];
  readonly node: number[];
  readonly symbol: number[];
  readonly logProbability: number[];
  readonly starts: number[];
  readonly committedFrames: number;
  readonly committed: Run[];
}
