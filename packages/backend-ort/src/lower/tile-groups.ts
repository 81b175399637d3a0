// Finds what can run tile by tile: chains of ops over the steps of clips, whose values then stay in the processor's cache
// between one op and the next instead of going through memory whole.
import type { AnyCompositeNode, AnyOpNode, Value } from "@wav2vec/core";
import {
  beginsChain,
  roleOf,
  shiftOf,
  steppedOver,
  tileOf,
  tilingFor,
  transposedRows,
  viewed,
  type Role,
  type Tiling,
} from "./tile-rules.js";

/** Ops that run together on one tile after another. */
export interface TiledGroup extends Tiling {
  /** In topological order, each with what becomes of its results. */
  readonly members: Map<Value, Role>;
  /** Members that are read outside. */
  readonly results: Set<Value>;
}

/** A value by itself, or a group. */
export type Unit = Value | TiledGroup;
export const isGroup = (unit: Unit): unit is TiledGroup => "members" in unit;

type Node = AnyOpNode | AnyCompositeNode;
/** What a value is made from. */
export type InputsOf = (value: Value) => readonly Value[];

/**
 * The group of each value that is in one. Products, sums and layer norms join the last group or begin one; what reads the
 * last group joins it; other ops wait for one that reads them and join with it. No group waits for itself: a path that
 * leaves one does not come back.
 *
 * @param order all values that may be needed, in topological order
 */
export function tileGroups(order: readonly Value[], inputsOf: InputsOf): ReadonlyMap<Value, TiledGroup> {
  const groupOf = new Map<Value, TiledGroup>();
  const groups: TiledGroup[] = [];
  const place = new Map(order.map((value, i) => [value, i]));
  const outside = (value: Value, group: TiledGroup) => outsideReads(value, group, groupOf, inputsOf);
  /** Ops in no group, which may join that of an op that reads them. */
  const waiting = new Set<Value>();

  /** Whether one of `values` needs `goal`, at first or second hand. */
  const leadTo = (values: readonly Value[], goal: Unit): boolean => {
    const seen = new Set<Unit>(values.map((value) => groupOf.get(value) ?? value));
    for (const unit of seen) {
      if (unit === goal) return true;
      const reads = isGroup(unit)
        ? [...unit.members.keys()].flatMap((x) => outside(x, unit))
        : inputsOf(unit);
      for (const x of reads) seen.add(groupOf.get(x) ?? x);
    }
    return false;
  };
  /** A path that left the group by way of the value would come back to it. */
  const wouldWait = (value: Value, group: TiledGroup): boolean => {
    const others = [...group.members.keys()].flatMap((member) =>
      outside(member, group).filter((x) => x !== value || shiftOf(member)),
    );
    return leadTo(outside(value, group), group) || (waiting.has(value) && leadTo(others, value)); // else nothing reads it yet
  };
  /** Waiting ops that a value needs in its tile. */
  const waitingBehind = (value: Value, group: TiledGroup): Node[] => {
    const found = new Set<Value>([value]);
    for (const each of found) {
      if (shiftOf(each)) continue; // what it moves must be there before
      for (const x of outside(each, group)) if (waiting.has(x) && roleOf(x as Node, group)) found.add(x); // only ops wait
    }
    found.delete(value);
    return [...found].sort((a, b) => place.get(a)! - place.get(b)!) as Node[];
  };
  /** Puts a value into a group, with what it needs there. */
  const join = (value: Node, group: TiledGroup): boolean => {
    const joined: Value[] = [];
    for (const each of [...waitingBehind(value, group), value]) {
      const role = roleOf(each, group);
      if (!role || wouldWait(each, group)) continue;
      group.members.set(each, role);
      groupOf.set(each, group);
      joined.push(each);
    }
    const succeeded = group.members.has(value);
    for (const each of joined) {
      if (succeeded) waiting.delete(each);
      else if (group.members.delete(each)) groupOf.delete(each);
    }
    return succeeded;
  };
  const settle = (value: Node): boolean => {
    const last = groups.at(-1);
    const continues = last && inputsOf(value).some((x) => groupOf.get(behindViews(x, last)) === last);
    if (last && (continues || beginsChain(value)) && join(value, last)) return true;
    if (!beginsChain(value)) return false;
    const { shape } = steppedOver(value);
    const tiling = tilingFor(shape) ?? tilingFor(shape, last?.batch);
    if (!tiling || !roleOf(value, tiling)) return false;
    const group = { ...tiling, members: new Map<Value, Role>(), results: new Set<Value>() };
    groups.push(group);
    return join(value, group);
  };

  for (const value of order) {
    const isNode =
      value.kind === "op" || (value.kind === "composite" && !inputsOf(value).includes(value.body));
    if (isNode && !settle(value) && !beginsChain(value)) waiting.add(value);
  }
  // One op gains nothing.
  for (const { members } of groups)
    if (members.size === 1) for (const value of members.keys()) groupOf.delete(value);
  return groupOf;
}

/** What a member reads that its group does not have in the same tile. */
export function outsideReads(
  value: Value,
  group: TiledGroup,
  groupOf: ReadonlyMap<Value, TiledGroup>,
  inputsOf: InputsOf,
): Value[] {
  const shift = shiftOf(value);
  if (shift) return [shift.x]; // from neighbouring tiles too, so that it must be there whole
  return inputsOf(value)
    .map((x) => {
      const rows = transposedRows(x);
      return behindViews(rows && tileOf(rows.shape, group) ? rows : x, group);
    })
    .filter((x) => groupOf.get(x) !== group || group.members.get(x) !== "joined");
}

/** What a tile of `value` is a view of. */
export function behindViews(value: Value, tiling: Tiling): Value {
  const source = viewed(value, tiling);
  return source ? behindViews(source, tiling) : value;
}
