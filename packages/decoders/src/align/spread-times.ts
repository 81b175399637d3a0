// CTC says a letter in a spike: spreads symbols over the silence around them, up to where their neighbours begin.

/** A stretch of frames. */
interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** How far symbols are spread. */
export interface SpreadOptions {
  /** Frames that a start moves earlier, and an end later, at most. Default 3, which is 60 ms at 20 ms a frame. */
  readonly most?: number;
  /** Frames of the recording; nothing is moved beyond them. Default: no limit. */
  readonly frames?: number;
}

/**
 * Moves every start earlier and every end later by at most `most`; where neighbours are closer than twice that, they
 * meet halfway. Words of running speech touch, and a network says nothing at all between two letters it is sure of,
 * so the middle of the gap is the best guess of the boundary that the spans alone allow.
 *
 * @param stretches in order of time, without word delimiters; other fields are kept
 * @throws RangeError if `most` is negative or NaN
 */
export function spreadTimes<T extends Stretch>(
  stretches: readonly T[],
  { most = 3, frames = Infinity }: SpreadOptions = {},
): T[] {
  if (!(most >= 0)) throw new RangeError(`spreadTimes: most is ${most}; expected frames, 0 or more`);
  /** Where an end and the start after it go. */
  const moved = (end: number, next: number): [number, number] => {
    const half = (next - end) / 2;
    return half < most ? [end + half, next - half] : [end + most, next - most];
  };
  return stretches.map((stretch, i) => {
    const [before, after] = [stretches[i - 1], stretches[i + 1]];
    const start = before ? moved(before.end, stretch.start)[1] : Math.max(0, stretch.start - most);
    const end = after ? moved(stretch.end, after.start)[0] : Math.min(frames, stretch.end + most);
    return { ...stretch, start, end: Math.max(start, end) };
  });
}

/**
 * Spreads the characters of decoded words, and the words with them: better word times for any decoder's result, at
 * no cost and without another look at the probabilities.
 *
 * @param words in order of time, as `wordsOf` and every decoder give them
 */
export function spreadWords<C extends Stretch, W extends Stretch & { readonly characters: readonly C[] }>(
  words: readonly W[],
  options: SpreadOptions = {},
): W[] {
  const characters = spreadTimes(
    words.flatMap((word) => word.characters),
    options,
  );
  let used = 0;
  return words.map((word) => {
    const own = characters.slice(used, (used += word.characters.length));
    const [first, last] = [own[0], own.at(-1)];
    return { ...word, characters: own, ...(first && last && { start: first.start, end: last.end }) };
  });
}
