// From windows that overlap to a smooth curve: at each moment the mean of the windows over it.
import type { Emotion, EmotionPiece } from "./emotion-recognizer.js";

/**
 * Cuts time where windows begin and end, and takes the mean of the windows over each piece: probabilities of
 * categories, values of dimensions. Time that no window covers is left out.
 *
 * @param windows of one recogniser, in order of their start
 */
export function emotionCurve(windows: readonly EmotionPiece[]): EmotionPiece[] {
  const edges = [...new Set(windows.flatMap(({ start, end }) => [start, end]))].sort((a, b) => a - b);
  const pieces: EmotionPiece[] = [];
  let first = 0;
  for (const [i, start] of edges.slice(0, -1).entries()) {
    const end = edges[i + 1]!; // the last edge was left out
    while (windows[first] && windows[first]!.end <= start) first++;
    const over: Emotion[] = [];
    for (let w = first; w < windows.length && windows[w]!.start <= start; w++)
      if (windows[w]!.end >= end) over.push(windows[w]!.emotion);
    if (over.length > 0) pieces.push({ start, end, emotion: meanEmotion(over) });
  }
  return pieces;
}

/** Mean of one kind; a recogniser has one. */
function meanEmotion(emotions: readonly Emotion[]): Emotion {
  const sums = new Map<string, number>();
  const add = (name: string, value: number) =>
    void sums.set(name, (sums.get(name) ?? 0) + value / emotions.length);
  for (const emotion of emotions) {
    if (emotion.kind === "categories")
      for (const { label, probability } of emotion.categories) add(label, probability);
    else for (const [name, value] of Object.entries(emotion.dimensions)) add(name, value);
  }
  if (emotions[0]!.kind === "dimensions") return { kind: "dimensions", dimensions: Object.fromEntries(sums) }; // never empty
  const categories = [...sums].map(([label, probability]) => ({ label, probability }));
  return { kind: "categories", categories: categories.sort((a, b) => b.probability - a.probability) };
}
