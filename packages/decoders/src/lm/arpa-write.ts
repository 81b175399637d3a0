// Writes a model as an ARPA file, in pieces.
import type { NgramTable } from "./ngram-table.js";

/** Lines joined before they are handed on. */
const LINES_PER_PIECE = 4096;

/** @returns the file as UTF-8 pieces; values as the shortest decimals that give back the same float32 */
export function* writeArpa(model: NgramTable): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  const counts = Array.from({ length: model.order }, (_, i) => model.count(i + 1));
  yield encoder.encode(["\\data\\", ...counts.map((count, i) => `ngram ${i + 1}=${count}`), ""].join("\n"));
  for (let order = 1; order <= model.order; order++) {
    let lines = [`\n\\${order}-grams:`];
    for (const { words, probability, backoff } of model.ngrams(order)) {
      const spelled = Array.from(words, (word) => model.wordOf(word)).join(" ");
      lines.push(
        order < model.order
          ? `${shortest(probability)}\t${spelled}\t${shortest(backoff)}`
          : `${shortest(probability)}\t${spelled}`,
      );
      if (lines.length < LINES_PER_PIECE) continue;
      yield encoder.encode(lines.join("\n") + "\n");
      lines = [];
    }
    yield encoder.encode(lines.join("\n") + (lines.length > 0 ? "\n" : ""));
  }
  yield encoder.encode("\n\\end\\\n");
}

function shortest(value: number): string {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  for (let digits = 6; digits < 10; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(value);
}
