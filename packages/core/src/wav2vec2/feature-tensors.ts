// Features between programs: the outputs of one, the inputs of the next, without leaving the device.
import { symbol, type Dim } from "../graph/dim.js";
import { input, type Value } from "../graph/graph.js";
import type { Wav2Vec2Config } from "./config.js";
import type { Features } from "./encoder.js";

/** What to hand over. */
export interface FeatureTensorOptions {
  /** Without it heads see the encoder's output only, and `hidden` is empty. */
  readonly layers?: boolean;
  /** Whether rows have frame counts of their own. */
  readonly padded?: boolean;
}

/** Outputs `last`, `hidden.0` … and `frameCounts` of a program that ends in features. */
export function featureOutputs(
  { hidden, last, frameCounts }: Features,
  { layers = false, padded = false }: FeatureTensorOptions = {},
): Readonly<Record<string, Value>> {
  return {
    last,
    ...(layers && Object.fromEntries(hidden.map((state, i) => [`hidden.${i}`, state]))),
    ...(padded && frameCounts && { frameCounts }),
  };
}

/** The same as inputs of a program that begins with features: heads fed one after another, or from features kept on disk. */
export function featureInputs(
  { hiddenSize, layers: count, convAdapter }: Wav2Vec2Config,
  { layers = false, padded = false }: FeatureTensorOptions = {},
): Features {
  const [batch, frames]: Dim[] = [symbol("batch"), symbol("frames")];
  const shape = (width: number) => [batch!, frames!, width]; // both are there
  return {
    hidden: layers
      ? Array.from({ length: count + 1 }, (_, i) => input(`hidden.${i}`, shape(hiddenSize)))
      : [],
    last: input("last", shape(convAdapter?.outputSize ?? hiddenSize)),
    ...(padded && { frameCounts: input("frameCounts", [batch!], "int32") }), // as above
  };
}
