// What a user calls a language, found among the labels of a model.
import { nearestName } from "@wav2vec/checkpoints";
import { languageEntry, languageKey } from "./language-code.js";
import { languageName } from "./language-name.js";

/** A language that the model does not know. `language` is what was asked for, `nearest` the labels most like it. */
export class LanguageError extends Error {
  override name = "LanguageError";
  constructor(
    readonly language: string,
    readonly nearest: readonly string[],
    message: string,
  ) {
    super(message);
  }
}

/**
 * Indices of the labels that may win.
 *
 * @param candidates labels of the model, other codes of the same languages ("fr" for "fra"), or English names
 * @param source of the model, for errors
 * @throws LanguageError if one is no language of the model
 * @throws RangeError if there are none
 */
export function candidateIndices(
  labels: readonly string[],
  candidates: readonly string[] | undefined,
  source: string,
): readonly number[] {
  if (!candidates) return labels.map((_, i) => i);
  if (candidates.length === 0) throw new RangeError("identify: candidates is empty; expected at least one");
  const found = candidates.flatMap((candidate) => indicesOf(candidate, labels, source));
  return [...new Set(found)];
}

/** The label itself, or every label of the same language. */
function indicesOf(candidate: string, labels: readonly string[], source: string): readonly number[] {
  const index = labels.indexOf(candidate);
  if (index >= 0) return [index];
  const key = languageKey(candidate);
  const same = key === undefined ? [] : labels.flatMap((label, i) => (languageKey(label) === key ? [i] : []));
  if (same.length > 0) return same;
  throw unknownLanguage(candidate, labels, source);
}

const LISTED = 12;

function unknownLanguage(candidate: string, labels: readonly string[], source: string): LanguageError {
  const nearest = nearestLabels(candidate, labels);
  const known = labels.slice(0, LISTED).join(", ") + (labels.length > LISTED ? ", …" : "");
  const suggestion = nearest.map((label) => `${label} (${languageName(label)})`).join(", ");
  return new LanguageError(
    candidate,
    nearest,
    `identify: "${candidate}" is no language of ${source}; ${suggestion ? `nearest: ${suggestion}; ` : ""}it has ${labels.length}: ${known}`,
  );
}

/** The label with the most similar code, and that with the most similar name. */
function nearestLabels(candidate: string, labels: readonly string[]): readonly string[] {
  const code = nearestName(candidate.toLowerCase(), labels);
  const names = new Map(labels.map((label) => [languageName(label).toLowerCase(), label]));
  const meant = languageEntry(candidate)?.name ?? candidate;
  const name = nearestName(meant.toLowerCase(), names.keys());
  const nearest = [code, name === undefined ? undefined : names.get(name)];
  return [...new Set(nearest.filter((label) => label !== undefined))];
}
