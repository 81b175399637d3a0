// fairseq writes its convolutions as a Python expression; this reads the few forms that exist, and evaluates nothing.
import { FormatError } from "../errors.js";

/** One convolution of the feature encoder. */
export interface ConvLayer {
  readonly channels: number;
  readonly kernel: number;
  readonly stride: number;
}

const LAYER_LIMIT = 64;
const TERM = /^\[((?:\(\d{1,6},\d{1,6},\d{1,6}\),?)+)\](?:\*(\d{1,15}))?$/;

/**
 * Reads e.g. `[(512, 10, 5)] + [(512, 3, 2)] * 4`.
 *
 * @throws FormatError on anything but sums of repeated lists of triples, or more than 64 layers
 */
export function parseConvLayers(file: string, expression: string): ConvLayer[] {
  const fail = (what: string): never => {
    throw new FormatError(
      file,
      `conv_feature_layers ${JSON.stringify(expression.slice(0, 120))} ${what}; expected lists like [(512, 10, 5)] + [(512, 3, 2)] * 4`,
    );
  };
  if (expression.length > 2000) fail("is too long");
  const layers: ConvLayer[] = [];
  for (const term of expression.replace(/\s/g, "").split("+")) {
    const [, list, times] = TERM.exec(term) ?? fail("is not a list of convolutions");
    const triples = [...list!.matchAll(/\((\d+),(\d+),(\d+)\)/g)].map(([, channels, kernel, stride]) => ({
      channels: Number(channels),
      kernel: Number(kernel),
      stride: Number(stride),
    }));
    const repeats = Number(times ?? 1);
    if (layers.length + triples.length * repeats > LAYER_LIMIT) fail(`has more than ${LAYER_LIMIT} layers`);
    for (let i = 0; i < repeats; i++) layers.push(...triples);
  }
  if (layers.length === 0) fail("has no layers");
  return layers;
}
