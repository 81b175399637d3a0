// The prefixes a beam search has in hand, as a tree in typed arrays whose nodes are used again when nothing needs them.

const FREE = -2;

/** Node 0 is the empty prefix. A node is its parent's prefix, one symbol more, and perhaps a word that ends with it. */
export class PrefixTree {
  /** [nodes] parent, symbol of the last step, id of the word completed by it (−1: none). */
  parent = new Int32Array(256);
  symbol = new Int32Array(256);
  label = new Int32Array(256);
  #firstChild = new Int32Array(256);
  #sibling = new Int32Array(256);
  #used = 0;
  #free: number[] = [];

  constructor(rootSymbol: number) {
    this.#take(-1, rootSymbol, -1);
  }

  get capacity(): number {
    return this.parent.length;
  }

  /** How many nodes are in use. */
  get size(): number {
    return this.#used - this.#free.length;
  }

  /** @returns the child of `node` with this symbol and label, −1 if there is none */
  find(node: number, symbol: number, label: number): number {
    for (let child = this.#firstChild[node]!; child >= 0; child = this.#sibling[child]!) {
      if (this.symbol[child] === symbol && this.label[child] === label) return child;
    }
    return -1;
  }

  firstChild(node: number): number {
    return this.#firstChild[node]!;
  }

  sibling(node: number): number {
    return this.#sibling[node]!;
  }

  add(node: number, symbol: number, label: number): number {
    const child = this.#take(node, symbol, label);
    this.#sibling[child] = this.#firstChild[node]!;
    this.#firstChild[node] = child;
    return child;
  }

  /** Frees every node that is neither in `kept` nor an ancestor of one. @returns the freed nodes */
  sweep(kept: Iterable<number>): number[] {
    const isKept = new Uint8Array(this.#used);
    isKept[0] = 1;
    for (const start of kept) {
      for (let node = start; node > 0 && isKept[node] === 0; node = this.parent[node]!) isKept[node] = 1;
    }
    const freed: number[] = [];
    this.#firstChild.fill(-1, 0, this.#used);
    for (let node = 1; node < this.#used; node++) {
      if (isKept[node] === 1) {
        const parent = this.parent[node]!;
        this.#sibling[node] = this.#firstChild[parent]!;
        this.#firstChild[parent] = node;
      } else if (this.parent[node] !== FREE) {
        this.parent[node] = FREE;
        freed.push(node);
      }
    }
    for (const node of freed) this.#free.push(node);
    return freed;
  }

  #take(parent: number, symbol: number, label: number): number {
    const node = this.#free.pop() ?? this.#used++;
    if (node >= this.parent.length) {
      this.parent = doubled(this.parent);
      this.symbol = doubled(this.symbol);
      this.label = doubled(this.label);
      this.#firstChild = doubled(this.#firstChild);
      this.#sibling = doubled(this.#sibling);
    }
    this.parent[node] = parent;
    this.symbol[node] = symbol;
    this.label[node] = label;
    this.#firstChild[node] = -1;
    this.#sibling[node] = -1;
    return node;
  }
}

/** @returns a copy with twice the length */
export function doubled<T extends Int32Array | Float64Array | Float32Array | Uint8Array>(array: T): T {
  const larger = new (array.constructor as new (length: number) => T)(array.length * 2);
  larger.set(array);
  return larger;
}
