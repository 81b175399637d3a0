// What a search in progress amounts to: its best texts, and its whole state as plain numbers.
import type { BeamSearch } from "./beam-search.js";
import type { Run, SavedLattice } from "./lattice.js";

/** A text; scores are natural logs except `languageModel`, log10. */
export interface RawHypothesis {
  readonly score: number;
  readonly acoustic: number;
  readonly languageModel: number;
  readonly runs: readonly Run[];
}

/** A search in progress as plain numbers: JSON and structured clone both carry it. */
export interface SavedSearch {
  readonly frame: number;
  /** Nodes of the prefix tree after the root, parents first. */
  readonly parent: number[];
  readonly symbol: number[];
  readonly label: number[];
  /** Prefixes of the beam; `blank` and `symbol` are [score, score of the best alignment, place] or empty. */
  readonly beam: { node: number; blank: number[]; symbol: number[] }[];
  readonly lattice: SavedLattice;
}

/**
 * The best texts if the input ended here (`isEnd`) or as it stands, best first. Hypotheses of one text are one: their
 * scores are added, or the best taken.
 */
export function bestTexts(search: BeamSearch, count: number, isEnd: boolean): RawHypothesis[] {
  const { fusion, beam, options, lattice, tree } = search;
  const texts = new Map<number, { scores: number[]; best: number; node: number; place: number }>();
  const prefixes = beam.prefixes;
  const mayAllEnd = !isEnd || !prefixes.some((node) => fusion.canEnd(node));
  prefixes.forEach((node, i) => {
    if (!mayAllEnd && !fusion.canEnd(node)) return;
    const gain = isEnd ? fusion.finish(node) : 0;
    const text = isEnd ? fusion.textNode(node) : node;
    const best = beam.best(i) + gain;
    if (!(best > -Infinity)) return;
    const scores = [beam.blankScore[i]! + gain, beam.symbolScore[i]! + gain].filter(
      (score) => score > -Infinity,
    );
    const other = texts.get(text);
    if (other === undefined) texts.set(text, { scores, best, node, place: beam.place(i) });
    else {
      if (best > other.best) Object.assign(other, { best, node, place: beam.place(i) });
      other.scores.push(...scores);
    }
  });
  const sorted = [...texts.values()]
    .map(({ scores, node, place }) => ({
      score: options.sumAlignments ? logSum(scores) : Math.max(...scores),
      node,
      place,
    }))
    .sort((a, b) => b.score - a.score);
  const lowest = (sorted[0]?.score ?? 0) - options.beamThreshold;
  return sorted
    .slice(0, count)
    .filter(({ score }) => score >= lowest)
    .map(({ score, node, place }) => {
      const runs = lattice.runs(place, options.blank, tree.label);
      const silence = runs.reduce((sum, run) => sum + (run.symbol === options.delimiter ? run.frames : 0), 0);
      const earned =
        fusion.bonus[node]! + (isEnd ? fusion.finish(node) : 0) + silence * options.delimiterScore;
      const languageModel = fusion.languageModelScore(node) + (isEnd ? fusion.languageModelEnd(node) : 0);
      return { score, acoustic: score - earned, languageModel, runs };
    });
}

/** @returns the state of the search, for `restoreSearch` on a search with the same options */
export function saveSearch(search: BeamSearch): SavedSearch {
  search.thin();
  const { tree, beam } = search;
  const numbers = new Map<number, number>([[0, 0]]);
  const [parent, symbol, label]: [number[], number[], number[]] = [[], [], []];
  const queue = [0];
  for (let at = 0; at < queue.length; at++) {
    const node = queue[at]!;
    for (let child = tree.firstChild(node); child >= 0; child = tree.sibling(child)) {
      numbers.set(child, numbers.size);
      parent.push(numbers.get(node)!);
      symbol.push(tree.symbol[child]!);
      label.push(tree.label[child]!);
      queue.push(child);
    }
  }
  const ending = (score: number, best: number, place: number) =>
    score > -Infinity ? [score, best, place] : [];
  const saved = beam.prefixes.map((node, i) => ({
    node: numbers.get(node)!,
    blank: ending(beam.blankScore[i]!, beam.blankBest[i]!, beam.blankPlace[i]!),
    symbol: ending(beam.symbolScore[i]!, beam.symbolBest[i]!, beam.symbolPlace[i]!),
  }));
  return { frame: search.frame, parent, symbol, label, beam: saved, lattice: search.lattice.save(numbers) };
}

/** Takes up a saved search; `search` must be new. */
export function restoreSearch(search: BeamSearch, saved: SavedSearch): void {
  const nodes = [0];
  saved.parent.forEach((parent, i) =>
    nodes.push(search.child(nodes[parent]!, saved.symbol[i]!, saved.label[i]!)),
  );
  search.lattice.restore(saved.lattice, nodes);
  search.frame = saved.frame;
  search.beam.count = 0;
  for (const { node, blank, symbol } of saved.beam) {
    const i = search.beam.add(nodes[node]!);
    if (blank.length === 3) search.beam.set(i, true, blank[0]!, blank[1]!, blank[2]!);
    if (symbol.length === 3) search.beam.set(i, false, symbol[0]!, symbol[1]!, symbol[2]!);
  }
}

function logSum(scores: readonly number[]): number {
  const highest = Math.max(...scores);
  return highest + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - highest), 0));
}
