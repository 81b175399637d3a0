// Forced alignment: which frame belongs to which symbol of a text that is known.
import { AlignError } from "./align-error.js";
import { findBestPath, type FoundPath, type Search } from "./best-path.js";
import { chooseKernel, type KernelChoice, type KernelName } from "./kernels.js";
import type { Emissions } from "../ctc/emissions.js";
import { sourceOf, type EmissionSource } from "./emission-source.js";
import { impossible, makeRowReader, suffixBounds, type RowReader } from "./rows.js";
import { spansOfPath, type AlignedSpan } from "./spans.js";
import { layOutTargets, type OptionalText, type StarPolicy } from "./targets.js";

/** Options of one alignment. */
export interface AlignOptions {
  /** Id of the CTC blank. Default 0. */
  readonly blank?: number;
  /** What a STAR costs. Default "best". */
  readonly star?: StarPolicy;
  /**
   * Stretches of the text that may not have been said, in order. One that is left out has no spans, costs its
   * log-probability once, and has at least one blank frame in its place. Default: none.
   */
  readonly optional?: readonly OptionalText[];
  /**
   * How far, in nats, the ends of the active columns may fall behind a frame's best before they are given up at
   * first. The result is the best path in any case: where it is not proven, the search is done again with the
   * score as a bound. Default: Infinity for small lattices, 500 for large ones.
   */
  readonly beam?: number;
}

/** The best way to spell a text over some frames. */
export interface Alignment {
  /** Total log-probability of the path; what leaving text out costs is part of it. */
  readonly score: number;
  /** [frames] index of the target at each frame, -1 for a blank. */
  readonly path: Int32Array;
  /** One span per target that was said, in order. */
  readonly spans: readonly AlignedSpan[];
}

/** Aligns clips; keeps its compiled kernel. */
export interface Aligner {
  /** The kernel in use. */
  readonly kernel: KernelName;
  /**
   * Finds the most probable CTC path that spells the targets.
   *
   * @param emissions [frames, symbols] natural-log probabilities
   * @param targets symbol ids without blanks; STAR where anything may be said
   * @returns path, spans and score; ties go to staying, then to stepping, and at the end to the last symbol
   * @throws AlignError if the input is malformed, the frames are too few, or no path has a finite score
   */
  readonly align: (
    emissions: Emissions | EmissionSource,
    targets: ArrayLike<number>,
    options?: AlignOptions,
  ) => Alignment;
}

/** Columns times frames up to which nothing is given up: about 50 ms of work. */
const smallLattice = 3e7;

/** Makes an aligner; `kernel` is the fastest that the runtime has unless one is named. */
export function createAligner(options: { readonly kernel?: KernelName | "auto" } = {}): Aligner {
  const kernel = chooseKernel(options.kernel ?? "auto");
  return {
    kernel: kernel.name,
    align: (emissions, targets, how = {}) => align(kernel, emissions, targets, how),
  };
}

function align(
  kernel: KernelChoice,
  emissions: Emissions | EmissionSource,
  targets: ArrayLike<number>,
  { blank = 0, star = "best", optional = [], beam }: AlignOptions,
): Alignment {
  const source = sourceOf(emissions);
  const { frames } = source;
  const layout = layOutTargets(targets, { frames, symbols: source.symbols, blank }, optional);
  const reader = makeRowReader(source, layout, blank, star);
  const width = beam ?? (frames * (layout.length + 1) <= smallLattice ? Infinity : 500);
  if (!(width > 0)) throw new AlignError("bad-shape", `beam is ${width}; expected nats above 0`);
  const bounds = width < Infinity ? suffixBounds(reader, frames) : null;
  const path = provenPath(kernel, { frames, layout, reader, bounds, beam: width, lower: -Infinity });
  const logProbs = readPath(reader, path, layout.order);
  const spans = spansOfPath(path, logProbs, targets);
  return { score: logProbs.reduce((sum, value) => sum + value, costOfSkips(optional, spans)), path, spans };
}

/** What leaving out text costs on a path. */
function costOfSkips(optional: readonly OptionalText[], spans: readonly AlignedSpan[]): number {
  const said = new Set(spans.map(({ target }) => target));
  return optional.reduce((sum, { from, logProb }) => sum + (said.has(from) ? 0 : logProb), 0);
}

/** Searches with the beam, and again with a safe bound if something was given up that could have been better. */
function provenPath(kernel: KernelChoice, search: Search): Int32Array {
  const found: FoundPath = findBestPath(kernel, search);
  if (found.path && found.discarded <= found.score) return found.path;
  if (!search.bounds) throw impossible();
  const slack = 1e-9 * Math.max(Math.abs(found.score), Math.abs(search.bounds[0]!)); // rounding of long sums
  const lower = found.path ? found.score - slack : -Infinity;
  const { path } = findBestPath(kernel, { ...search, beam: Infinity, lower });
  if (!path) throw impossible();
  return path;
}

/** Log-probability of the path's symbol at each frame. */
function readPath({ stride, read }: RowReader, path: Int32Array, order: Int32Array): Float64Array {
  const chunk = 256;
  const rows = new Float64Array(chunk * stride);
  const values = new Float64Array(path.length);
  for (let start = 0; start < path.length; start += chunk) {
    const end = Math.min(path.length, start + chunk);
    read(rows, start, end);
    for (let frame = start; frame < end; frame++) {
      const target = path[frame]!;
      values[frame] = rows[(frame - start) * stride + (target < 0 ? 0 : 1 + order[target]!)]!;
    }
  }
  return values;
}
