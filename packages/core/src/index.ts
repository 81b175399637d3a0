export { allocate, dtypeOf, type DType, type TypedArray } from "./graph/dtype.js";
export {
  addDims,
  bareSymbol,
  bindShape,
  commonFactor,
  evaluateDim,
  evaluateShape,
  exactQuotient,
  floorDivDim,
  formatDim,
  formatShape,
  mulDims,
  sameDim,
  sameShape,
  sizeOf,
  subDims,
  symbol,
  type Bindings,
  type Dim,
  type DimExpr,
  type Shape,
} from "./graph/dim.js";
export { ShapeError, UnsupportedOpError, WeightError, type WeightProblem } from "./graph/errors.js";
export type {
  Attrs,
  CompositeAttrs,
  CompositeName,
  Conv1dAttrs,
  PerCompositeInput,
  OpName,
  Ops,
  PerInput,
} from "./graph/ops.js";
export {
  apply,
  applyComposite,
  graph,
  input,
  param,
  topologicalOrder,
  type AnyCompositeNode,
  type AnyOpNode,
  type CompositeNode,
  type Graph,
  type Input,
  type OpNode,
  type Param,
  type Value,
} from "./graph/graph.js";
export * from "./graph/words.js";
export * from "./graph/composites.js";
export { scope, scopeWith, type Scope } from "./graph/scope.js";
export { print } from "./graph/print.js";
export { graphFromData, graphToData, type GraphData } from "./graph/graph-data.js";
export type {
  Backend,
  CompileOptions,
  Program,
  Tensor,
  WeightDType,
  WeightHandle,
  Weights,
} from "./graph/backend.js";
export { bindInputs } from "./graph/bind-inputs.js";
export { checkWeights, weightFromArray } from "./graph/weights.js";
export { reference, referenceTensor, type ReferenceTensor } from "./reference/reference.js";
export { ConfigError } from "./wav2vec2/config-fields.js";
export {
  parseConfig,
  type Activation,
  type ConvAdapterConfig,
  type ConvLayerConfig,
  type Wav2Vec2Config,
} from "./wav2vec2/config.js";
export {
  idleKeys,
  modelTypes,
  type ConformerConfig,
  type DistanceConfig,
  type ModelType,
  type PositionalConfig,
} from "./wav2vec2/config-variants.js";
export { namedConfig, namedConfigs, type NamedConfig } from "./wav2vec2/named-configs.js";
export { encoderFrames, frameCount, receptiveField, samplesPerFrame } from "./wav2vec2/frame-counts.js";
export { encode, type EncodedFeatures, type EncodeOptions, type Features } from "./wav2vec2/encoder.js";
export type { TrainingHooks } from "./wav2vec2/training-hooks.js";
export type { WeightNorm } from "./wav2vec2/positional-conv.js";
export { ctcHead } from "./wav2vec2/heads/ctc-head.js";
export { defineHead, headGraph, headsGraph, weightsUnder, type Head } from "./wav2vec2/heads/define-head.js";
export { parseHeadConfig, type HeadConfig, type TdnnLayerConfig } from "./wav2vec2/heads/head-config.js";
export { attentivePooling, maskedMean, meanFeatures, statisticsPooling } from "./wav2vec2/heads/pooling.js";
export {
  frameClassificationHead,
  regressionHead,
  sequenceClassificationHead,
  xvectorFrames,
  xvectorHead,
} from "./wav2vec2/heads/published-heads.js";
export { units, type Units } from "./wav2vec2/heads/units.js";
export { weightedLayers, type LastState } from "./wav2vec2/heads/weighted-layers.js";
export { dense, normalised, widthOf } from "./wav2vec2/affine.js";
export { featureInputs, featureOutputs, type FeatureTensorOptions } from "./wav2vec2/feature-tensors.js";
export {
  clipGraph,
  clipPart,
  clipPrograms,
  type ClipGraph,
  type ClipOutput,
  type ClipPrograms,
} from "./wav2vec2/clip-programs.js";
export { clipsInput, prepareClips, type HostTensor, type PreparedClips } from "./wav2vec2/front-end.js";
export { filterBanks, logFilterBanks } from "./wav2vec2/filter-banks.js";
export { normaliseSamples } from "./wav2vec2/normalise.js";
export { gradient, type GradientOptions, type SeededOutput } from "./graph/gradient.js";
export { checkGradient, type GradientCheck, type GradientPoint } from "./graph/gradient-check.js";
export { simplify } from "./graph/simplify.js";
export { replaceValues } from "./graph/replace-values.js";
export { parsePretrainingConfig, type PretrainingConfig } from "./wav2vec2/pretraining-config.js";
export { quantize, type CodeSampling, type Quantised } from "./wav2vec2/quantizer.js";
export { contrastivePairs, type ContrastiveOptions, type ContrastivePairs } from "./wav2vec2/pretraining.js";
