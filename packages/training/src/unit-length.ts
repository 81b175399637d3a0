// Vectors scaled to length 1, for cosines.
import { div, maximum, mul, sqrt, sum, type Value } from "@wav2vec/core";

/** x with length 1 along `axis`; vectors shorter than 1e-12 stay short, as in torch. */
export function unitLength(x: Value, axis: number): Value {
  const length = sqrt(maximum(sum(mul(x, x), [axis]), 1e-24));
  return div(x, length);
}
