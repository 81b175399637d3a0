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

/** Walks brackets and strings once; a string followed by a colon is a field name. */
function checkStructure(file: string, text: string): void {
  const names: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === "{") names.push(new Set());
    else if (char === "[") names.push(undefined);
    else if (char === "}" || char === "]") names.pop();
    else if (char === '"') {
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
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

function isFollowedByColon(text: string, at: number): boolean {
  while (/\s/.test(text[at] ?? "")) at++;
  return text[at] === ":";
}

function addName(file: string, names: Set<string> | undefined, quoted: string): void {
  let name: string;
  try {
    name = JSON.parse(quoted) as string; // a quoted token parses to a string
  } catch {
    throw new FormatError(file, `is not JSON: ${quoted.slice(0, 80)} is no string`);
  }
  if (names?.has(name))
    throw new FormatError(
      file,
      `names "${name.slice(0, 200)}" twice; readers disagree on which one counts; remove one`,
    );
  names?.add(name);
}
