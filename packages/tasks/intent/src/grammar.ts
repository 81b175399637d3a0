// A grammar of commands: what may be said for each intent, with optional parts, alternatives and slots.
import { IntentError } from "./intent-error.js";
import type { SlotValues } from "./slots.js";

/** What may be said. */
export interface Grammar {
  /**
   * Templates of each intent: words, `[optional parts]`, `(one|of|these)` and `$slot`, within each other as needed, e.g.
   * `{ order: ["[please] (make|get) me a [$size] $drink"], cancel: ["cancel [that]"] }`.
   */
  readonly intents: Readonly<Record<string, readonly string[]>>;
  /** Values of the slots that templates name. */
  readonly slots?: SlotValues;
}

/** One sentence of a grammar: its words, and which of them are the value of which slot. */
export interface Sentence {
  readonly intent: string;
  readonly words: readonly string[];
  readonly slots: readonly SlotWords[];
}

/** Words `from` up to `to`, which is not one of them, are a value of `slot`. */
export interface SlotWords {
  readonly slot: string;
  readonly value: string;
  readonly from: number;
  readonly to: number;
}

/** More are too many to try one by one. */
const MOST_SENTENCES = 20_000;

type Phrase = Omit<Sentence, "intent">;

/**
 * All sentences of a grammar.
 *
 * @throws IntentError for a template that cannot be read, an unknown or empty slot, one that a sentence has twice, an
 *   empty sentence, no intent, or more than 20,000 sentences
 */
export function sentencesOf({ intents, slots = {} }: Grammar): Sentence[] {
  const sentences = Object.entries(intents).flatMap(([intent, templates]) =>
    templates.flatMap((template) =>
      expand(template, slots).map((phrase): Sentence => {
        const { words, slots: said } = phrase;
        const problem = (text: string) => new IntentError(`grammar: "${template}" ${text}`);
        if (words.length === 0) throw problem("can be said with no word; make a part of it required");
        const twice = said.find(({ slot }, i) => said.findIndex((other) => other.slot === slot) !== i);
        if (twice) throw problem(`has $${twice.slot} twice in one sentence; name a second slot`);
        return { intent, ...phrase };
      }),
    ),
  );
  if (sentences.length === 0)
    throw new IntentError("grammar: has no intents with templates; expected at least one");
  return limited(sentences, "the grammar");
}

/** @throws IntentError if there are too many to try */
function limited<T>(all: T[], what: string): T[] {
  if (all.length <= MOST_SENTENCES) return all;
  throw new IntentError(
    `grammar: ${what} has ${all.length} sentences; expected at most ${MOST_SENTENCES}; leave optional parts out, or search keywords for slots`,
  );
}

/** Recursive descent: alternatives of sequences of words, slots and groups. */
function expand(template: string, slots: SlotValues): Phrase[] {
  const tokens = template.match(/[[\]()|]|\$[^\s[\]()|$]*|[^\s[\]()|$]+/g) ?? [];
  let at = 0;
  const problem = (text: string) => new IntentError(`grammar: "${template}" ${text}`);

  function alternatives(end: string | undefined): Phrase[] {
    const all = sequence();
    while (tokens[at] === "|") {
      at++;
      all.push(...sequence());
    }
    if (tokens[at] !== end)
      throw problem(
        tokens[at] === undefined ? `ends before "${end}"` : `has a "${tokens[at]}" that nothing opens`,
      );
    at++;
    return limited(all, `"${template}"`);
  }
  function sequence(): Phrase[] {
    let phrases: Phrase[] = [{ words: [], slots: [] }];
    for (; at < tokens.length && !["|", "]", ")"].includes(tokens[at]!);) {
      const next = part();
      phrases = limited(
        phrases.flatMap((before) => next.map((after) => joined(before, after))),
        `"${template}"`,
      );
    }
    return phrases;
  }
  function part(): Phrase[] {
    const token = tokens[at++]!; // the caller has seen it
    if (token === "(") return alternatives(")");
    if (token === "[") return [{ words: [], slots: [] }, ...alternatives("]")];
    if (!token.startsWith("$")) return [{ words: [token], slots: [] }];
    const slot = token.slice(1);
    const values = slots[slot];
    if (!values || values.length === 0)
      throw problem(
        `names $${slot}; expected a slot with values: ${Object.keys(slots).join(", ") || "there are none"}`,
      );
    return values.map((value) => {
      const words = value.trim().split(/\s+/u).filter(Boolean);
      if (words.length === 0) throw problem(`names $${slot}, which has an empty value`);
      return { words, slots: [{ slot, value, from: 0, to: words.length }] };
    });
  }
  return alternatives(undefined);
}

function joined(before: Phrase, after: Phrase): Phrase {
  const offset = before.words.length;
  const moved = after.slots.map((slot) => ({ ...slot, from: slot.from + offset, to: slot.to + offset }));
  return { words: [...before.words, ...after.words], slots: [...before.slots, ...moved] };
}
