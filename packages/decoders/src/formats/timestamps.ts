// Clock times of subtitles: `01:02:03,004` (SRT) and `01:02:03.004` (VTT), in whole milliseconds.

/** Whole milliseconds, halves rounded up. */
export const toMilliseconds = (seconds: number): number => Math.floor(seconds * 1000 + 0.5);

/** Writes milliseconds as hours:minutes:seconds; hours grow beyond two digits. */
export function formatTimestamp(milliseconds: number, separator: "," | "."): string {
  const pad = (value: number, width: number) => String(value).padStart(width, "0");
  const seconds = Math.floor(milliseconds / 1000);
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map((part) =>
    pad(part, 2),
  );
  return `${clock.join(":")}${separator}${pad(milliseconds % 1000, 3)}`;
}

const clock = String.raw`(?:(\d+):)?(\d{1,2}):(\d{1,2})(?:[,.](\d{1,3}))?`;
const timing = new RegExp(String.raw`^\s*${clock}\s*-->\s*${clock}(?:\s+(.*))?$`);

/** The seconds of one clock time: hours may be missing, `.5` means 500 milliseconds. */
function seconds(hours = "0", minutes = "0", whole = "0", fraction = "0"): number {
  const milliseconds = (Number(hours) * 3600 + Number(minutes) * 60 + Number(whole)) * 1000;
  return (milliseconds + Number(fraction.padEnd(3, "0"))) / 1000;
}

/** Reads `00:00:01,000 --> 00:00:02,000`, with what follows it on the line; null if the line is something else. */
export function parseTiming(line: string): { start: number; end: number; settings: string } | null {
  const match = timing.exec(line);
  if (!match) return null;
  const [, h1, m1, s1, f1, h2, m2, s2, f2, settings = ""] = match;
  return { start: seconds(h1, m1, s1, f1), end: seconds(h2, m2, s2, f2), settings };
}

/** Reads one clock time, as in the word marks of VTT; null if it is something else. */
export function parseTimestamp(source: string): number | null {
  const match = new RegExp(`^${clock}$`).exec(source);
  return match ? seconds(match[1], match[2], match[3], match[4]) : null;
}
