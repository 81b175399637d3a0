// How good a search for words is: hits matched with what was said, and measures over all thresholds.

/** A word in a recording; times in seconds. */
export interface Occurrence {
  readonly term: string;
  readonly clip: string;
  readonly start: number;
  readonly end: number;
}

/** A word that a search reports, the surer the higher its score. */
export interface Detection extends Occurrence {
  readonly score: number;
}

/** A detection, and whether the word is there. */
export interface JudgedDetection {
  readonly term: string;
  readonly clip: string;
  readonly score: number;
  readonly correct: boolean;
}

/** What was searched: terms with how often each was said, and how long the recordings are. */
export interface SearchedSpeech {
  readonly occurrences: readonly Pick<Occurrence, "term" | "clip">[];
  readonly seconds: number;
}

/** Seconds that the middle of a detection may be beside the word, as in NIST's evaluations. */
const TOLERANCE = 0.5;

/**
 * Matches detections with occurrences of the same term in the same recording: the surest first, each with the nearest
 * that is left and at most half a second away; an occurrence that is found twice is a false alarm the second time.
 */
export function matchDetections(
  detections: readonly Detection[],
  occurrences: readonly Occurrence[],
): JudgedDetection[] {
  const left = new Set(occurrences);
  return [...detections]
    .sort((a, b) => b.score - a.score)
    .map(({ term, clip, start, end, score }) => {
      const middle = (start + end) / 2;
      const away = (word: Occurrence) => Math.max(word.start - middle, middle - word.end, 0);
      const near = [...left]
        .filter((word) => word.term === term && word.clip === clip && away(word) <= TOLERANCE)
        .sort((a, b) => away(a) - away(b))[0];
      if (near) left.delete(near);
      return { term, clip, score, correct: near !== undefined };
    });
}

/** Shares of the detections with at least a score. */
export interface DetectionRates {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly falseAlarms: number;
}

/** @param threshold least score that counts */
export function detectionRates(
  judged: readonly JudgedDetection[],
  { occurrences }: Pick<SearchedSpeech, "occurrences">,
  threshold = -Infinity,
): DetectionRates {
  const taken = judged.filter(({ score }) => score >= threshold);
  const found = taken.filter(({ correct }) => correct).length;
  return {
    precision: found / taken.length,
    recall: found / occurrences.length,
    f1: (2 * found) / (taken.length + occurrences.length),
    falseAlarms: taken.length - found,
  };
}

/** The threshold with the highest F1, the highest of equals. */
export function bestThreshold(
  judged: readonly JudgedDetection[],
  speech: Pick<SearchedSpeech, "occurrences">,
): number {
  return thresholdsOf(judged)
    .map((threshold) => ({ threshold, f1: detectionRates(judged, speech, threshold).f1 }))
    .reduce((best, next) => (next.f1 > best.f1 ? next : best)).threshold;
}

/** A false alarm weighs as much as 999.9 times its share: cost 0.1, value 1, and one second in 10,000 with the term. */
const BETA = 999.9;

/**
 * Term-weighted value: 1 less the mean over terms of the miss rate and 999.9 times the false alarm rate, of which a term
 * has a chance each second. 1 is perfect, 0 as good as no search, and there is no lower limit.
 *
 * @see NIST OpenKWS evaluation plans; Kaldi's compute-atwv
 */
export function termWeightedValue(
  judged: readonly JudgedDetection[],
  { occurrences, seconds }: SearchedSpeech,
  threshold = -Infinity,
): number {
  const terms = [...new Set(occurrences.map(({ term }) => term))];
  const losses = terms.map((term) => {
    const said = occurrences.filter((word) => word.term === term).length;
    const taken = judged.filter((hit) => hit.term === term && hit.score >= threshold);
    const found = taken.filter(({ correct }) => correct).length;
    return 1 - found / said + (BETA * (taken.length - found)) / (seconds - said);
  });
  return 1 - losses.reduce((sum, loss) => sum + loss, 0) / terms.length;
}

/** The highest term-weighted value of any one threshold (MTWV), at least the 0 of finding nothing. */
export function maximumTermWeightedValue(
  judged: readonly JudgedDetection[],
  speech: SearchedSpeech,
): { readonly value: number; readonly threshold: number } {
  return [Infinity, ...thresholdsOf(judged)]
    .map((threshold) => ({ threshold, value: termWeightedValue(judged, speech, threshold) }))
    .reduce((best, next) => (next.value > best.value ? next : best));
}

/**
 * Figure of merit: the mean of the recalls where each term has 1, 2 … 10 false alarms an hour, with one threshold for all
 * terms. Among equal scores hits and false alarms come evenly.
 *
 * @see Chang and Lippmann 1993, "Wordspotter Training Using Figure-of-Merit Back Propagation"
 */
export function figureOfMerit(
  judged: readonly JudgedDetection[],
  { occurrences, seconds }: SearchedSpeech,
): number {
  const terms = new Set(occurrences.map(({ term }) => term)).size;
  const points = [{ falseAlarms: 0, recall: 0 }];
  for (const threshold of thresholdsOf(judged))
    points.push(detectionRates(judged, { occurrences }, threshold));
  const recallAt = (allowed: number) => {
    const after = points.findIndex(({ falseAlarms }) => falseAlarms > allowed);
    if (after < 0) return points.at(-1)!.recall; // never so many false alarms
    const [a, b] = [points[after - 1]!, points[after]!]; // the first point has none
    return a.recall + ((allowed - a.falseAlarms) / (b.falseAlarms - a.falseAlarms)) * (b.recall - a.recall);
  };
  const recalls = Array.from({ length: 10 }, (_, i) => recallAt(((i + 1) * terms * seconds) / 3600));
  return recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length;
}

/** Every score, the highest first. */
const thresholdsOf = (judged: readonly JudgedDetection[]): number[] =>
  [...new Set(judged.map(({ score }) => score))].sort((a, b) => b - a);
