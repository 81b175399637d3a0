// A result as text in the format that was asked for.
import { formats, type TimedText } from "@wav2vec/decoders";
import type { OutputFormat } from "./options.js";
import { UsageError } from "./usage-error.js";

/** What the formats of results need. */
export interface Result extends TimedText {
  readonly durationSeconds: number;
  /** Other texts that a search found, best first. */
  readonly alternatives?: readonly { readonly text: string; readonly score: number }[];
}

/** @throws UsageError if several texts are asked for in a format that holds one */
export function requireOneText(nbest: number | undefined, format: OutputFormat): void {
  if ((nbest ?? 1) > 1 && format !== "text" && format !== "json")
    throw new UsageError(`--nbest: ${format} holds one text; use --format text or json`);
}

/** File ending of a format, with its dot. */
export function extensionOf(format: OutputFormat): string {
  return format === "text" ? ".txt" : formats[format].extension;
}

/**
 * Writes a result.
 *
 * @param recording name in formats that have one
 * @param fields of the result that JSON gets beside `text` and `segments`
 */
export function renderResult(
  result: Result,
  format: OutputFormat,
  recording: string,
  fields: object = {},
): string {
  const { text, segments, durationSeconds, alternatives } = result;
  if (format === "text") {
    if (!alternatives) return `${text}\n`;
    return alternatives.map((other) => `${other.score.toFixed(3)}\t${other.text}\n`).join("");
  }
  if (format === "json")
    return formats.json.render({ text, segments, ...(alternatives && { alternatives }), ...fields });
  const known = formats[format].options;
  return formats[format].render(
    { text, segments },
    {
      ...(known.includes("duration") && { duration: durationSeconds }),
      ...(known.includes("recording") && { recording }),
    },
  );
}
