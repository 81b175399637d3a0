// In which order to run a graph some of whose ops run tile by tile, and what is kept between them.
import type { Value } from "@wav2vec/core";
import {
  behindViews,
  isGroup,
  outsideReads,
  tileGroups,
  type InputsOf,
  type TiledGroup,
  type Unit,
} from "./tile-groups.js";
import { isElementwise, shiftOf, tileOf } from "./tile-rules.js";

/** In which order to run a graph. */
export interface TilePlan {
  /** What the outputs need, each after what it reads. */
  readonly units: readonly Unit[];
  /** Whether groups that read a member of another make it again rather than keep it. */
  readonly isMadeAgain: (value: Value) => boolean;
}

/**
 * Puts values into groups.
 *
 * @param order all values that may be needed, in topological order
 * @param inputsOf what a value is made from
 */
export function planTiles(order: readonly Value[], outputs: readonly Value[], inputsOf: InputsOf): TilePlan {
  const groupOf = tileGroups(order, inputsOf);
  const isMadeAgain = remaking(groupOf, inputsOf);
  const unitOf = (value: Value): Unit => groupOf.get(value) ?? value;
  const kept = (value: Value, reader: TiledGroup): Value[] =>
    isMadeAgain(value) && groupOf.get(value) !== reader
      ? inputsOf(value).flatMap((x) => kept(behindViews(x, reader), reader))
      : [value];
  const readByMember = (value: Value, group: TiledGroup): Value[] => {
    const reads = outsideReads(value, group, groupOf, inputsOf);
    return shiftOf(value) ? reads : reads.flatMap((x) => kept(x, group));
  };
  const readBy = (unit: Unit): Value[] =>
    isGroup(unit)
      ? [...unit.members.keys()].flatMap((value) => readByMember(value, unit))
      : [...inputsOf(unit), ...seenBehind(unit)];

  const units: Unit[] = [];
  const state = new Map<Unit, "open" | "done">();
  const need = (values: readonly Value[]) => {
    for (const value of values) groupOf.get(value)?.results.add(value);
    return values.map(unitOf).reverse();
  };
  const stack = need(outputs);
  while (stack.length > 0) {
    const unit = stack.at(-1)!; // length > 0
    if (!state.has(unit)) {
      state.set(unit, "open");
      stack.push(...need(readBy(unit)).filter((other) => !state.has(other)));
      continue;
    }
    stack.pop();
    if (state.get(unit) === "done") continue;
    state.set(unit, "done");
    units.push(unit);
  }
  return { units, isMadeAgain };
}

/**
 * An element that comes from a single one of a value in memory, by way of ops that only look at that place, is cheaper
 * to compute twice than to keep.
 */
function remaking(groupOf: ReadonlyMap<Value, TiledGroup>, inputsOf: InputsOf): TilePlan["isMadeAgain"] {
  const sources = new Map<Value, ReadonlySet<Value>>();
  const sourcesOf = (value: Value, group: TiledGroup): ReadonlySet<Value> => {
    const known = sources.get(value);
    if (known) return known;
    const found = new Set<Value>();
    for (const input of inputsOf(value)) {
      const x = behindViews(input, group);
      if (!tileOf(x.shape, group)) continue; // the same for many steps
      for (const source of isMadeAgain(x) && groupOf.get(x) === group ? sourcesOf(x, group) : [x])
        found.add(source);
    }
    sources.set(value, found);
    return found;
  };
  const isMadeAgain = (value: Value): boolean => {
    const group = groupOf.get(value);
    if (!group || (value.kind !== "op" && value.kind !== "composite")) return false;
    return isElementwise(value) && sourcesOf(value, group).size === 1;
  };
  return isMadeAgain;
}

/** What the rule of an op by itself may read behind an input: zeros around zeros, and squares that are added up. */
function seenBehind(value: Value): Value[] {
  if (value.kind !== "op" || (value.op !== "pad" && value.op !== "sum")) return [];
  const [x] = value.inputs;
  if (value.op === "sum") return x.kind === "op" && x.op === "mul" ? [...x.inputs] : [];
  return x.kind === "op" && x.op === "pad" ? [x.inputs[0], ...seenBehind(x)] : [];
}
