// Values of slots from keywords that were heard: at most one a slot, none on top of another.
import { IntentError } from "./intent-error.js";
import type { KeywordHit } from "./keyword-search.js";

/** What may be said for each slot, e.g. `{ size: ["small", "large"], drink: ["coffee", "iced coffee"] }`. */
export type SlotValues<Slot extends string = string> = Readonly<Record<Slot, readonly string[]>>;

/** One value that was heard; times in seconds. */
export interface SlotHit {
  readonly value: string;
  readonly start: number;
  readonly end: number;
  readonly confidence: number;
}

/** The slots that were filled. */
export type FilledSlots<Slot extends string = string> = Readonly<Partial<Record<Slot, SlotHit>>>;

/** All values of all slots, each once. @throws IntentError if a slot has no values, or there is no slot */
export function valuesOf(slots: SlotValues): string[] {
  const named = Object.entries(slots);
  if (named.length === 0) throw new IntentError("slots: got none; expected at least one with its values");
  const empty = named.find(([, values]) => values.length === 0);
  if (empty) throw new IntentError(`slots: "${empty[0]}" has no values; expected at least one`);
  return [...new Set(named.flatMap(([, values]) => values))];
}

/**
 * Chooses hits for slots, surest letters first: a hit is worth its letters times its confidence, so "iced coffee" wins
 * over the "coffee" in it, and no two lie over each other. A value that several slots have goes to the first of them that is free.
 *
 * @param hits of `searchKeywords` for `valuesOf(slots)`
 */
export function fillSlots<Slot extends string>(
  slots: SlotValues<Slot>,
  hits: readonly KeywordHit[],
): FilledSlots<Slot> {
  const worth = ({ keyword, confidence }: KeywordHit) => keyword.replace(/\s/gu, "").length * confidence;
  const filled: Partial<Record<Slot, SlotHit>> = {};
  const taken: KeywordHit[] = [];
  const names = Object.keys(slots) as Slot[]; // the record's own keys
  for (const hit of [...hits].sort((a, b) => worth(b) - worth(a))) {
    if (taken.some((other) => coincide(hit, other))) continue;
    const slot = names.find((name) => !(name in filled) && slots[name].includes(hit.keyword));
    if (slot === undefined) continue;
    const { keyword, start, end, confidence } = hit;
    filled[slot] = { value: keyword, start, end, confidence };
    taken.push(hit);
  }
  return filled;
}

/** More than half of the shorter lies in both; neighbours may touch, for their times are spread over silence. */
function coincide(a: KeywordHit, b: KeywordHit): boolean {
  const shared = Math.min(a.end, b.end) - Math.max(a.start, b.start);
  return shared > Math.min(a.end - a.start, b.end - b.start) / 2;
}
