// A head for another vocabulary keeps what it knows of the symbols that both have.
import type { Checkpoint } from "@wav2vec/checkpoints";
import { weightFromArray, type Weights } from "@wav2vec/core";

/**
 * `weights` with the rows of the CTC head that belong to a token of the checkpoint's vocabulary taken from it; the
 * others stay as they were drawn. The same weights where the checkpoint has no head or no vocabulary.
 *
 * @param tokens of the new head, [tokens] rows
 */
export async function keepSharedTokens(
  weights: Weights,
  checkpoint: Checkpoint,
  tokens: readonly string[],
): Promise<Weights> {
  const before = checkpoint.vocabulary?.tokens ?? [];
  const kept = new Map(weights);
  for (const name of ["lm_head.weight", "lm_head.bias"]) {
    const known = checkpoint.weights.get(name);
    const drawn = weights.get(name);
    if (!known || !drawn || known.shape[0] !== before.length || known.shape[1] !== drawn.shape[1]) continue;
    const [from, to] = [await known.read(), (await drawn.read()).slice()];
    const width = to.length / tokens.length;
    tokens.forEach((token, row) => {
      const source = before.indexOf(token);
      if (source >= 0) to.set(from.subarray(source * width, (source + 1) * width), row * width);
    });
    kept.set(name, weightFromArray(to, drawn.shape));
  }
  return kept;
}
