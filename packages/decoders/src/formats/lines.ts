// Lines of subtitle text: cleaned, measured in characters as a reader counts them, and wrapped.

const graphemes = () => new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The non-blank lines of a text, trimmed: a blank line would end a cue. */
export const linesOf = (text: string): string[] =>
  text
    .split(/\r\n|\r|\n/u)
    .map((line) => line.trim())
    .filter(Boolean);

/** A text on one line: what labels of tiers and tab-separated files may hold. */
export const oneLine = (text: string): string => linesOf(text).join(" ").replaceAll("\t", " ");

/** How many characters a reader sees. */
export const graphemeCount = (text: string): number => [...graphemes().segment(text)].length;

/**
 * Wraps words into lines of at most `lineLength` characters; a longer word has a line of its own.
 *
 * Lines fill up from the first: the fewest lines possible.
 */
export function wrapWords<W extends { readonly text: string }>(
  words: readonly W[],
  lineLength: number,
): W[][] {
  const lines: W[][] = [];
  let length = 0;
  for (const word of words) {
    const size = graphemeCount(word.text);
    const line = lines.at(-1);
    if (line && length + 1 + size <= lineLength) {
      line.push(word);
      length += 1 + size;
    } else {
      lines.push([word]);
      length = size;
    }
  }
  return lines;
}
