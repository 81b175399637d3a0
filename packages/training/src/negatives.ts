// Draws of contrastive pre-training: which frames distract, and the noise of the code choice.
import type { Random } from "./random.js";

/**
 * Distractors of each masked frame: `count` draws, with replacement, among the other masked frames of the same row.
 *
 * @param maskedCounts masked frames of each row; at least 2 in each row that has any
 * @returns [masked frames of all rows, count], indices into all masked frames, row after row
 * @throws RangeError if a row has a single masked frame, which has no other to be told from
 * @see fairseq Wav2Vec2Model.sample_negatives with negatives_from_everywhere false
 */
export function sampleNegatives(maskedCounts: ArrayLike<number>, count: number, random: Random): Int32Array {
  const total = Array.from(maskedCounts).reduce((a, b) => a + b, 0);
  const negatives = new Int32Array(total * count);
  let first = 0;
  Array.from(maskedCounts).forEach((masked, row) => {
    if (masked === 1) {
      throw new RangeError(
        `negatives: row ${row} has 1 masked frame; expected 0 or at least 2, mask longer clips`,
      );
    }
    for (let own = 0; own < masked; own++) {
      for (let k = 0; k < count; k++) {
        const other = random.below(masked - 1);
        negatives[(first + own) * count + k] = first + (other >= own ? other + 1 : other);
      }
    }
    first += masked;
  });
  return negatives;
}

/** `length` draws from the standard Gumbel distribution: -log(-log u). */
export function gumbelNoise(length: number, random: Random): Float32Array {
  return new Float32Array(length).map(() => -Math.log(-Math.log(1 - random.uniform() || Number.MIN_VALUE)));
}
