// A lexicon as a prefix tree over symbols in typed arrays, with the best language model score below each node.
import type { NgramModel } from "./model.js";

/** One way to spell a word, as symbol ids. */
export interface Spelling {
  readonly word: string;
  readonly symbols: readonly number[];
}

/** How a node takes the scores of the words below it: not at all, the best one, or their sum. */
export type Smearing = "none" | "max" | "sum";

/** Several words may share a spelling, one word may have several. Node 0 is the root. */
export interface Lexicon {
  /** Distinct words; a word id is an index here. */
  readonly words: readonly string[];
  /** [nodes + 1] first edge of each node. */
  readonly edgeBegin: Int32Array;
  /** [edges] symbol (ascending within a node) and node it leads to. */
  readonly edgeSymbol: Int32Array;
  readonly edgeTarget: Int32Array;
  /** [nodes + 1] first entry of each node in `labels`. */
  readonly labelBegin: Int32Array;
  readonly labels: Int32Array;
  /** [words] score of a single word at the start of a sentence, log10. */
  readonly wordScores: Float64Array;
  /** [nodes] look-ahead score, log10; the root's is not used. */
  readonly lookAhead: Float64Array;
}

/** A lexicon that cannot be used, with the word that is the reason. */
export class LexiconError extends Error {
  override name = "LexiconError";
  constructor(
    message: string,
    readonly word: string,
  ) {
    super(message);
  }
}

/**
 * Builds the tree.
 *
 * @param model scores single words after `<s>` for the look-ahead; without it all scores are 0
 * @throws LexiconError if there is no word, or one has no symbols
 * @see https://github.com/flashlight/text (Trie, smearing)
 */
export function buildLexicon(
  spellings: Iterable<Spelling>,
  model?: NgramModel,
  smearing: Smearing = "max",
): Lexicon {
  const ids = new Map<string, number>();
  interface Node {
    readonly edges: Map<number, number>;
    readonly labels: number[];
  }
  const nodes: Node[] = [{ edges: new Map(), labels: [] }];
  for (const { word, symbols } of spellings) {
    if (symbols.length === 0)
      throw new LexiconError(`lexicon: "${word}" has no symbols; expected at least one`, word);
    const id = ids.get(word) ?? ids.size;
    ids.set(word, id);
    let at = 0;
    for (const symbol of symbols) {
      let next = nodes[at]!.edges.get(symbol);
      if (next === undefined) {
        next = nodes.length;
        nodes.push({ edges: new Map(), labels: [] });
        nodes[at]!.edges.set(symbol, next);
      }
      at = next;
    }
    if (!nodes[at]!.labels.includes(id)) nodes[at]!.labels.push(id);
  }
  if (ids.size === 0) throw new LexiconError("lexicon: no words; expected at least one", "");
  const words = [...ids.keys()];
  const wordScores = Float64Array.from(
    words,
    (word) => model?.score(model.beginState, model.indexOf(word)) ?? 0,
  );
  const [edgeBegin, labelBegin] = [new Int32Array(nodes.length + 1), new Int32Array(nodes.length + 1)];
  nodes.forEach(({ edges, labels }, i) => {
    edgeBegin[i + 1] = edgeBegin[i]! + edges.size;
    labelBegin[i + 1] = labelBegin[i]! + labels.length;
  });
  const edges = nodes.flatMap((node) => [...node.edges].sort((a, b) => a[0] - b[0]));
  const labels = Int32Array.from(nodes.flatMap((node) => node.labels));
  const lookAhead = new Float64Array(nodes.length);
  // children have higher numbers than their parent, so one pass from the end sees them first
  if (smearing !== "none") {
    for (let node = nodes.length - 1; node >= 0; node--) {
      let score = -Infinity;
      // flashlight adds up the words of one node in either mode
      for (const label of nodes[node]!.labels) score = logSum(score, wordScores[label]!);
      for (const target of nodes[node]!.edges.values()) {
        score = smearing === "sum" ? logSum(score, lookAhead[target]!) : Math.max(score, lookAhead[target]!);
      }
      lookAhead[node] = score;
    }
  }
  return {
    words,
    edgeBegin,
    edgeSymbol: Int32Array.from(edges, ([symbol]) => symbol),
    edgeTarget: Int32Array.from(edges, ([, target]) => target),
    labelBegin,
    labels,
    wordScores,
    lookAhead,
  };
}

/** @returns the node after `symbol` from `node`, −1 if no word goes on so */
export function followEdge(lexicon: Lexicon, node: number, symbol: number): number {
  let [low, high] = [lexicon.edgeBegin[node]!, lexicon.edgeBegin[node + 1]!];
  while (low < high) {
    const middle = (low + high) >> 1;
    const found = lexicon.edgeSymbol[middle]!;
    if (found === symbol) return lexicon.edgeTarget[middle]!;
    if (found < symbol) low = middle + 1;
    else high = middle;
  }
  return -1;
}

/** Parses flashlight's lexicon files: a word, a tab or space, its symbols with spaces between. */
export function parseLexicon(text: string, symbolOf: (token: string) => number | undefined): Spelling[] {
  const result: Spelling[] = [];
  text.split("\n").forEach((line, i) => {
    const [word, ...tokens] = line.trim().split(/\s+/);
    if (word === undefined || word === "") return;
    const symbols = tokens.map((token) => {
      const symbol = symbolOf(token);
      if (symbol === undefined) {
        throw new LexiconError(
          `lexicon: line ${i + 1}: "${token}" in the spelling of "${word}" is not a symbol of the vocabulary`,
          word,
        );
      }
      return symbol;
    });
    result.push({ word, symbols });
  });
  return result;
}

// ln(e^a + e^b), though the scores are log10: what flashlight computes
function logSum(a: number, b: number): number {
  const [high, low] = a > b ? [a, b] : [b, a];
  return low === -Infinity || low - high < -39.14 ? high : high + Math.log1p(Math.exp(low - high));
}
