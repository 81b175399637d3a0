// Which frames or channels are masked: spans drawn by fairseq's rules, or Hugging Face's.
import type { Random } from "./random.js";

/** How spans are drawn. */
export interface SpanMaskOptions {
  /** About this share of positions starts inside a span; spans overlap, so fewer are masked. FACTS: 0.65 -> 49 %. */
  readonly probability: number;
  /** Positions of one span. */
  readonly length: number;
  /** Fewest spans of a row; default 0. */
  readonly minSpans?: number;
}

/** A mask of [rows, width], 1 where masked. */
export interface SpanMask {
  readonly mask: Uint8Array;
  readonly shape: readonly [rows: number, width: number];
}

/**
 * fairseq's masks: each row has `probability · count / length` spans, rounded at random, whose starts are drawn
 * without replacement. Then all rows are trimmed at random to the count of the one with the fewest masked
 * positions, which is what lets negatives be drawn in one block. A row is never masked whole (fairseq stops there;
 * here one position is given back).
 *
 * @param counts valid positions of each row; what follows is never masked
 * @param width positions of the widest row
 * @see fairseq data_utils.compute_mask_indices, static spans with overlap, num_mask_ver 2, idc_select_ver 1
 */
export function fairseqSpanMask(
  counts: ArrayLike<number>,
  width: number,
  options: SpanMaskOptions,
  random: Random,
): SpanMask {
  const { probability, length, minSpans = 0 } = options;
  const rows = Array.from(counts, (count) => {
    const spans = Math.max(minSpans, Math.floor((probability * count) / length + random.uniform()));
    const reach = count - length <= spans ? count - spans - 1 : length;
    const starts = spans === 0 ? [] : random.choose(count - reach, spans);
    const masked = positionsOf(starts, length, count);
    if (masked.length === count && count > 0) masked.splice(random.below(count), 1);
    return masked;
  });
  const fewest = Math.min(...rows.map((masked) => masked.length));
  return toMask(
    rows.map((masked) =>
      masked.length > fewest ? Array.from(random.choose(masked.length, fewest), (i) => masked[i]!) : masked,
    ),
    width,
  );
}

/**
 * Hugging Face's masks: one random rounding for the whole batch, as many spans as fit, and rows keep what they have.
 *
 * @see transformers `_compute_mask_indices`
 */
export function huggingFaceSpanMask(
  counts: ArrayLike<number>,
  width: number,
  options: SpanMaskOptions,
  random: Random,
): SpanMask {
  const { probability, length, minSpans = 0 } = options;
  const rounding = random.uniform();
  const rows = Array.from(counts, (count) => {
    const wanted = Math.max(minSpans, Math.floor((probability * count) / length + rounding));
    const fitting = wanted * length > width ? Math.floor(width / length) : wanted;
    const room = Math.max(0, count - (length - 1));
    const starts = room === 0 ? [] : random.choose(room, Math.min(fitting, room));
    return positionsOf(starts, length, count);
  });
  return toMask(rows, width);
}

/** Positions of the masked frames of each row, in order. */
export function maskedPositions({ mask, shape: [rows, width] }: SpanMask): Int32Array[] {
  return Array.from({ length: rows }, (_, row) => {
    const positions: number[] = [];
    for (let i = 0; i < width; i++) if (mask[row * width + i]) positions.push(i);
    return Int32Array.from(positions);
  });
}

/** Each position of the spans once, those beyond the row left out. */
function positionsOf(starts: ArrayLike<number>, length: number, count: number): number[] {
  const positions = new Set<number>();
  for (const start of Array.from(starts)) {
    for (let i = start; i < Math.min(start + length, count); i++) positions.add(i);
  }
  return [...positions];
}

function toMask(rows: readonly (readonly number[])[], width: number): SpanMask {
  const mask = new Uint8Array(rows.length * width);
  rows.forEach((positions, row) => {
    for (const i of positions) mask[row * width + i] = 1;
  });
  return { mask, shape: [rows.length, width] };
}
