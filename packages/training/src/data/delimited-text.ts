// Comma- and tab-separated tables with a header line, quoted as RFC 4180 says.
import { DataError } from "./entry.js";

/**
 * Rows as objects by column name.
 *
 * @throws DataError if a quoted cell does not end, or a row has more cells than the header
 * @see RFC 4180
 */
export function parseDelimited(file: string, text: string, delimiter: "," | "\t"): Record<string, string>[] {
  const [header, ...rows] = cellsOf(file, text.replace(/^\uFEFF/, ""), delimiter);
  if (!header) return [];
  return rows.map((cells, row) => {
    if (cells.length > header.length)
      throw new DataError(
        file,
        `row ${row + 2} has ${cells.length} cells, the header ${header.length}; quote cells that hold the separator`,
      );
    return Object.fromEntries(header.map((name, i) => [name.trim(), cells[i] ?? ""]));
  });
}

function cellsOf(file: string, text: string, delimiter: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    const cell = text[at] === '"' ? quotedCell(file, text, at) : plainCell(text, at, delimiter);
    row.push(cell.value);
    at = cell.end;
    if (text[at] === delimiter) {
      at++;
      if (at === text.length) row.push("");
      continue;
    }
    if (text[at] === "\r") at++;
    at++; // the line feed
    if (row.length > 1 || row[0] !== "") rows.push(row);
    row = [];
  }
  if (row.length > 0) rows.push(row);
  return rows;
}

function plainCell(text: string, start: number, delimiter: string): { value: string; end: number } {
  let end = start;
  while (end < text.length && text[end] !== delimiter && text[end] !== "\n" && text[end] !== "\r") end++;
  return { value: text.slice(start, end), end };
}

/** From one quote to the next that is not doubled. */
function quotedCell(file: string, text: string, start: number): { value: string; end: number } {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 2)) {
    if (text[end + 1] !== '"')
      return { value: text.slice(start + 1, end).replaceAll('""', '"'), end: end + 1 };
  }
  const line = text.slice(0, start).split("\n").length;
  throw new DataError(file, `a quoted cell begins in line ${line} and does not end; close the quote`);
}
