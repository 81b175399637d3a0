// Timed text as JSON: the type itself, nothing lost.
import type { TimedSpan, TimedText } from "../timed-text.js";
import { FormatError, makeFormat } from "./format.js";

/** JSON of the timed text, indented; reading gives an equal value. */
export const json = makeFormat("json", {
  extension: ".json",
  options: [],
  render: (timedText) => `${JSON.stringify(timedText, null, 2)}\n`,
  parse: (source) => {
    let value: unknown;
    try {
      value = JSON.parse(source.replace(/^\uFEFF/u, ""));
    } catch (error) {
      throw new FormatError("json", String(error instanceof Error ? error.message : error));
    }
    requireTimedText(value);
    return value;
  },
});

type Fields = Record<string, unknown>;

function requireTimedText(value: unknown): asserts value is TimedText {
  const root = requireObject(value, "the file");
  if (typeof root["text"] !== "string") throw wrong("text", root["text"], "a string");
  requireList(root["segments"], "segments").forEach((segment, s) => {
    const fields = requireSpan(segment, `segments[${s}]`);
    requireList(fields["words"], `segments[${s}].words`).forEach((word, w) => {
      const path = `segments[${s}].words[${w}]`;
      const parts = requireList(requireSpan(word, path)["characters"], `${path}.characters`);
      parts.forEach((part, c) => requireSpan(part, `${path}.characters[${c}]`));
    });
  });
}

function requireSpan(value: unknown, path: string): Fields & Partial<TimedSpan> {
  const fields = requireObject(value, path);
  for (const key of ["start", "end"]) {
    if (typeof fields[key] !== "number") throw wrong(`${path}.${key}`, fields[key], "seconds");
  }
  if (typeof fields["text"] !== "string") throw wrong(`${path}.text`, fields["text"], "a string");
  const { confidence, speaker } = fields;
  if (confidence !== null && typeof confidence !== "number") {
    throw wrong(`${path}.confidence`, confidence, "a number or null");
  }
  if (speaker !== undefined && typeof speaker !== "string")
    throw wrong(`${path}.speaker`, speaker, "a string");
  return fields;
}

function requireObject(value: unknown, path: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw wrong(path, value, "an object");
  return value as Fields; // an object has string keys
}

function requireList(value: unknown, path: string): unknown[] {
  if (!Array.isArray(value)) throw wrong(path, value, "a list");
  return value;
}

const wrong = (path: string, got: unknown, expected: string) =>
  new FormatError("json", `${path} is ${JSON.stringify(got)?.slice(0, 40)}; expected ${expected}`);
