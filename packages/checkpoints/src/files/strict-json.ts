// JSON from strangers: no duplicate names, no bottomless nesting, no unbounded size.
import { FormatError } from "../errors.js";

const DEPTH_LIMIT = 64;

/**
 * Parses JSON. Unlike `JSON.parse` it refuses names given twice, since readers disagree on which one wins.
 *
 * @param bytes UTF-8 text
 * @throws FormatError if the text is not UTF-8, not JSON, nested deeper than 64, or names a field twice
 */
export function parseJson(file: string, bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new FormatError(file, "is not UTF-8 text; expected JSON");
  }
  checkStructure(file, text);
  try {
    return JSON.parse(text) as unknown; // JSON.parse is typed any
  } catch (error) {
    throw new FormatError(file, `is not JSON (${error instanceof Error ? error.message : String(error)})`);
  }
}

/** Parses JSON that must be an object; its fields are own properties, whatever their names. */
export function parseJsonObject(file: string, bytes: Uint8Array): Record<string, unknown> {
  const value = parseJson(file, bytes);
  if (!isObject(value))
    throw new FormatError(
      file,
      `holds ${Array.isArray(value) ? "a list" : typeof value}; expected a JSON object`,
    );
  return value;
}

/** True for objects that are not arrays. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** Walks brackets and strings once; a string followed by a colon is a field name. */
function checkStructure(file: string, text: string): void {
  const names: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === OPEN_BRACE) names.push(new Set());
    else if (code === OPEN_BRACKET) names.push(undefined);
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) names.pop();
    else if (code === QUOTE) {
      const end = stringEnd(text, at);
      if (isFollowedByColon(text, end)) addName(file, names.at(-1), text.slice(at, end));
      at = end - 1;
    }
    if (names.length > DEPTH_LIMIT)
      throw new FormatError(file, `JSON is nested deeper than ${DEPTH_LIMIT}; no checkpoint file is`);
  }
}

/** Index after the closing quote of the string that starts at `start`, or the end of the text. */
function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === QUOTE) return at + 1;
  }
  return text.length;
}

function isFollowedByColon(text: string, at: number): boolean {
  while (text.charCodeAt(at) <= 0x20) at++; // JSON's white space; NaN at the end ends the loop
  return text.charCodeAt(at) === COLON;
}

function addName(file: string, names: Set<string> | undefined, quoted: string): void {
  const name = quoted.includes("\\") ? unescape(file, quoted) : quoted.slice(1, -1);
  if (names?.has(name))
    throw new FormatError(
      file,
      `names "${name.slice(0, 200)}" twice; readers disagree on which one counts; remove one`,
    );
  names?.add(name);
}

function unescape(file: string, quoted: string): string {
  try {
    return JSON.parse(quoted) as string; // a quoted token parses to a string
  } catch {
    throw new FormatError(file, `is not JSON: ${quoted.slice(0, 80)} is no string`);
  }
}
