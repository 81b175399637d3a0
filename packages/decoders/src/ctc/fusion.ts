// How outside knowledge enters the search: what each prefix earns beyond its acoustic score.

/** Columns that the search shares with a fusion: one entry per node of the prefix tree. */
export interface PrefixColumns {
  readonly parent: Int32Array;
  readonly symbol: Int32Array;
}

/**
 * Scores prefixes. State is kept per node of the prefix tree in arrays of the fusion's own; the search says which nodes
 * there are. Gains are natural logs, already weighted.
 */
export interface Fusion {
  /** [nodes] everything earned by the prefix so far, look-ahead included. */
  readonly bonus: Float64Array;
  /** [nodes] 1 where further word delimiters leave the prefix as it is. */
  readonly absorbs: Uint8Array;
  /** Symbol that the empty prefix counts as having ended in; −1: none. */
  readonly rootSymbol: number;
  /** Symbols that can follow each place of a lexicon, or undefined where any symbol can follow. */
  readonly choices: Int32Array | undefined;
  choiceBegin(node: number): number;
  choiceEnd(node: number): number;
  /** An upper bound of the gain of any one extension of `node`. */
  bound(node: number): number;
  /** What extending `node` by `symbol` can mean. @returns how many outcomes are in `gains` and `labels`, 0 if it is not allowed */
  extend(node: number, symbol: number): number;
  readonly gains: Float64Array;
  readonly labels: Int32Array;
  /** Sets the state of the root node. */
  begin(columns: PrefixColumns, capacity: number): void;
  /** Sets the state of a new node: `node` extended by `symbol` with the outcome `label`. */
  enter(child: number, node: number, symbol: number, label: number): void;
  /** Makes room for nodes up to `capacity`. */
  grow(columns: PrefixColumns, capacity: number): void;
  /** Forgets nodes, which may be used again for others. */
  forget(nodes: readonly number[]): void;
  /** Whether a text may end here; where no hypothesis may, all are ended. */
  canEnd(node: number): boolean;
  /** Gain of ending the text here. */
  finish(node: number): number;
  /** Node whose hypotheses are the same text as this one's once the input ends. */
  textNode(node: number): number;
  /** Whether two prefixes score every continuation alike. */
  hasSameFuture(node: number, other: number): boolean;
  /** Number that is equal for prefixes with the same future. */
  futureHash(node: number): number;
  /** Unweighted sum of the language model, log10, look-ahead included. */
  languageModelScore(node: number): number;
  /** Unweighted log10 score of ending the text here. */
  languageModelEnd(node: number): number;
  /** Spelling of a completed word. */
  wordOf(label: number): string;
  /** Computes what the next step needs, if that takes time; called between steps by asynchronous decoding. */
  prepare?(nodes: Int32Array, count: number): Promise<void>;
}
