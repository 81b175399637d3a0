// From windows that overlap to stretches of one language.

/** What one window says: how likely each language is; no language in silence. Times in seconds. */
export interface LanguageWindow {
  readonly start: number;
  readonly end: number;
  /** Adds up to 1, or is empty. */
  readonly probabilities: ReadonlyMap<string, number>;
}

/** A stretch in which one language is the likeliest. */
export interface LanguageStretch {
  readonly start: number;
  readonly end: number;
  readonly language: string;
  /** Mean over the stretch, 0 to 1. */
  readonly probability: number;
}

/**
 * Takes at each moment the mean of the windows that cover it, and the likeliest language of that mean; neighbours of
 * one language are one stretch. Where every window is silent there is none.
 *
 * @param windows in order of their start
 */
export function languageStretches(windows: readonly LanguageWindow[]): LanguageStretch[] {
  const edges = [...new Set(windows.flatMap(({ start, end }) => [start, end]))].sort((a, b) => a - b);
  const stretches: (LanguageStretch & { readonly weight: number })[] = [];
  let first = 0;
  for (const [i, start] of edges.slice(0, -1).entries()) {
    const end = edges[i + 1]!; // the last edge was left out
    while (first < windows.length && windows[first]!.end <= start) first++;
    const best = likeliest(windowsOver(windows, first, start, end));
    if (!best) continue;
    const before = stretches.at(-1);
    const seconds = end - start;
    if (before?.end === start && before.language === best.language) {
      const weight = before.weight + seconds;
      const probability = (before.probability * before.weight + best.probability * seconds) / weight;
      stretches[stretches.length - 1] = { ...before, end, probability, weight };
    } else stretches.push({ start, end, ...best, weight: seconds });
  }
  return stretches.map(({ start, end, language, probability }) => ({ start, end, language, probability }));
}

function windowsOver(
  windows: readonly LanguageWindow[],
  first: number,
  start: number,
  end: number,
): LanguageWindow[] {
  const over: LanguageWindow[] = [];
  for (let i = first; i < windows.length && windows[i]!.start <= start; i++)
    if (windows[i]!.end >= end && windows[i]!.probabilities.size > 0) over.push(windows[i]!);
  return over;
}

function likeliest(
  windows: readonly LanguageWindow[],
): { readonly language: string; readonly probability: number } | undefined {
  const mean = meanProbabilities(windows.map(({ probabilities }) => probabilities));
  const [best] = [...mean].sort(([, a], [, b]) => b - a);
  return best && { language: best[0], probability: best[1] };
}

/** Mean of each language over all; empty if there is none. */
export function meanProbabilities(all: readonly ReadonlyMap<string, number>[]): ReadonlyMap<string, number> {
  const mean = new Map<string, number>();
  for (const probabilities of all)
    for (const [language, probability] of probabilities)
      mean.set(language, (mean.get(language) ?? 0) + probability / all.length);
  return mean;
}
