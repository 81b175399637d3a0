// Random weights for a model that starts from nothing, drawn as fairseq draws them but for the CTC head.
import type { Param } from "@wav2vec/core";
import type { Random } from "./random.js";

type Shape = readonly number[];
/** Fills a weight of a shape; earlier draws are at hand for weights that depend on others. */
type Rule = (
  shape: Shape,
  random: Random,
  drawn: ReadonlyMap<string, Float32Array>,
  name: string,
) => Float32Array;

/**
 * Initial weights by parameter name, in the order given.
 *
 * @param params of the model in training form (`weightNorm: "factored"`)
 * @param isHead which belong to a head of any kind: those that no rule covers are then drawn as torch's linear layers
 *   are, with biases and the weights of layers at 0
 * @throws RangeError naming a parameter that no rule covers
 * @see fairseq wav2vec2.py: ConvFeatureExtractionModel, make_conv_pos, TransformerEncoder (init_bert_params); gumbel_vector_quantizer.py
 */
export function initialWeights(
  params: readonly Param[],
  random: Random,
  isHead: (name: string) => boolean = () => false,
): Map<string, Float32Array> {
  const weights = new Map<string, Float32Array>();
  // Weight norm's gain is the length of its direction, which therefore comes first.
  const inOrder = [...params].sort(
    (a, b) => Number(a.name.endsWith("original0")) - Number(b.name.endsWith("original0")),
  );
  for (const { name, shape } of inOrder) {
    const rule = (isHead(name) ? HEAD_RULES : RULES).find(([pattern]) => pattern.test(name))?.[1];
    if (!rule)
      throw new RangeError(`initialWeights: no rule for "${name}" [${shape.join(", ")}]; add one to RULES`);
    weights.set(name, rule(shape, random, weights, name));
  }
  return weights;
}

const normal =
  (deviation: number): Rule =>
  (shape, random) =>
    filled(shape, () => deviation * random.normal());
const constant =
  (value: number): Rule =>
  (shape) =>
    filled(shape, () => value);
const uniform: Rule = (shape, random) => filled(shape, () => random.uniform());
/** torch's default for linear layers and for biases of convolutions: even within 1 / sqrt(inputs). */
const torchLinear: Rule = (shape, random) => {
  const bound = 1 / Math.sqrt(shape.slice(1).reduce((n, dim) => n * dim, 1));
  return filled(shape, () => bound * (2 * random.uniform() - 1));
};
/** He et al. 2015: deviation sqrt(2 / inputs). */
const kaiming: Rule = (shape, random, drawn, name) =>
  normal(Math.sqrt(2 / (shape[1]! * shape[2]!)))(shape, random, drawn, name);
/** Deviation sqrt(4 / (kernel · width)). */
const positionalDirection: Rule = (shape, random, drawn, name) =>
  normal(Math.sqrt(4 / (shape[2]! * shape[0]!)))(shape, random, drawn, name);
/** Length of the direction for each tap, so that the product is the direction itself. */
const positionalGain: Rule = (shape, _random, drawn, name) => {
  const direction = drawn.get(name.replace(/original0$/, "original1"));
  if (!direction) throw new RangeError(`initialWeights: "${name}" needs "…original1"; pass both`);
  const taps = shape[2]!; // [1, 1, kernel]
  const squares = new Float64Array(taps);
  direction.forEach((v, i) => (squares[i % taps]! += v * v));
  return Float32Array.from(squares, Math.sqrt);
};

const RULES: readonly (readonly [RegExp, Rule])[] = [
  [/layer_norm\.weight$|\bnorm\.weight$/, constant(1)],
  [/layer_norm\.bias$|\bnorm\.bias$/, constant(0)],
  [/^feature_extractor\..*conv\.weight$/, kaiming],
  [/^feature_extractor\..*conv\.bias$/, constant(0)],
  [/^encoder\.pos_conv_embed\..*original1$/, positionalDirection],
  [/^encoder\.pos_conv_embed\..*original0$/, positionalGain],
  [/^encoder\..*bias$/, constant(0)],
  [/^encoder\.layers\..*weight$/, normal(0.02)],
  [/^masked_spec_embed$|^quantizer\.codevectors$/, uniform],
  [/^quantizer\.weight_proj\.weight$/, normal(1)],
  // Hugging Face's; fairseq's Xavier gives logits of deviation 1.3 on normalised states, so that chance decides which
  // symbol becomes the filler: AN4 models then learnt `|` in the blank's place, and single words cost 60 nats a label.
  [/^lm_head\.weight$/, normal(0.02)],
  [/^(feature_projection\.projection|project_hid|project_q)\.weight$/, torchLinear],
  [
    /^(feature_projection\.projection|project_hid|project_q|lm_head|quantizer\.weight_proj)\.bias$/,
    constant(0),
  ],
];

/** For heads, whose names are anyone's: a gain is 1, a vector 0, anything else a linear layer. */
const HEAD_RULES: readonly (readonly [RegExp, Rule])[] = [
  [/norm\.weight$/, constant(1)],
  [/^layer_weights$|bias$/, constant(0)],
  [/./, (shape, ...rest) => (shape.length > 1 ? torchLinear : constant(0))(shape, ...rest)],
];

function filled(shape: Shape, draw: () => number): Float32Array {
  return new Float32Array(shape.reduce((n, dim) => n * dim, 1)).map(draw);
}
