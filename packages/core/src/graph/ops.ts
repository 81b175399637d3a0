// The closed set of primitive operations. Adding a row makes `tsc` list every table that lacks it.
import type { Dim, Shape } from "./dim.js";
import type { DType } from "./dtype.js";

/** How a convolution over the last axis slides. */
export interface Conv1dAttrs {
  readonly stride: number;
  readonly padding: readonly [before: number, after: number];
  readonly dilation: number;
  readonly groups: number;
}
type None = Readonly<Record<never, never>>;

export interface Ops {
  // sources
  constant: { arity: 0; attrs: { readonly value: Dim; readonly shape: Shape; readonly dtype: DType } };
  iota: { arity: 0; attrs: { readonly shape: Shape; readonly axis: number } }; // int32 index along axis
  // elementwise, float32
  neg: { arity: 1; attrs: None };
  abs: { arity: 1; attrs: None };
  exp: { arity: 1; attrs: None };
  log: { arity: 1; attrs: None };
  sqrt: { arity: 1; attrs: None };
  sin: { arity: 1; attrs: None };
  cos: { arity: 1; attrs: None };
  tanh: { arity: 1; attrs: None };
  erf: { arity: 1; attrs: None };
  floor: { arity: 1; attrs: None };
  // elementwise, equal shapes and dtypes, float32 or int32
  add: { arity: 2; attrs: None };
  sub: { arity: 2; attrs: None };
  mul: { arity: 2; attrs: None };
  div: { arity: 2; attrs: None }; // int32 truncates towards zero
  maximum: { arity: 2; attrs: None };
  minimum: { arity: 2; attrs: None };
  // to bool, and on bool
  less: { arity: 2; attrs: None };
  equal: { arity: 2; attrs: None };
  and: { arity: 2; attrs: None };
  not: { arity: 1; attrs: None };
  where: { arity: 3; attrs: None }; // (condition, if true, if false)
  cast: { arity: 1; attrs: { readonly dtype: DType } }; // float to int truncates; to bool is "not zero"
  // products
  matMul: { arity: 2; attrs: None }; // [...b, m, k] * [...b, k, n]
  conv1d: { arity: 2; attrs: Conv1dAttrs }; // [batch, cin, time] * [cout, cin / groups, kernel]
  conv1dInputGradient: { arity: 2; attrs: Conv1dAttrs & { readonly time: Dim } }; // (dy, weight) -> dx
  conv1dWeightGradient: { arity: 2; attrs: Conv1dAttrs & { readonly kernel: number } }; // (x, dy) -> dw
  // reductions; reduced axes stay with length 1
  sum: { arity: 1; attrs: { readonly axes: readonly number[] } };
  max: { arity: 1; attrs: { readonly axes: readonly number[] } };
  argMax: { arity: 1; attrs: { readonly axis: number } }; // int32, first of equals
  // recursion over time
  forwardAlgorithm: { arity: 2; attrs: None }; // emissions [batch, frames, states], skips [batch, states] -> as emissions
  // layout
  reshape: { arity: 1; attrs: { readonly shape: Shape } };
  transpose: { arity: 1; attrs: { readonly order: readonly number[] } };
  expand: { arity: 1; attrs: { readonly shape: Shape } }; // axes of length 1 grow
  slice: {
    arity: 1;
    attrs: { readonly axis: number; readonly start: Dim; readonly end: Dim; readonly step: number };
  };
  pad: {
    arity: 1;
    attrs: { readonly axis: number; readonly before: Dim; readonly after: Dim; readonly value: number };
  };
  concat: { arity: "many"; attrs: { readonly axis: number } };
  // rows: the first axis is indexed
  gather: { arity: 2; attrs: None }; // [rows, ...rest], int32 [...index] -> [...index, ...rest]
  scatterAdd: { arity: 2; attrs: { readonly rows: Dim } }; // int32 [...index], [...index, ...rest] -> [rows, ...rest]
}

export type OpName = keyof Ops;
export type Attrs<N extends OpName> = Ops[N]["attrs"];

/** One T per input of op N, so that rules are checked for arity. */
export type PerInput<N extends OpName, T> = Tuple<Ops[N]["arity"], T>;
type Tuple<A, T> = A extends 0
  ? readonly []
  : A extends 1
    ? readonly [T]
    : A extends 2
      ? readonly [T, T]
      : A extends 3
        ? readonly [T, T, T]
        : readonly T[];

/** Named combinations of primitives; `inputs` lists the counts of inputs each takes. */
export interface Composites {
  linear: { inputs: 2 | 3; attrs: None }; // x [...b, in], weight [out, in], bias [out] -> [...b, out]
  layerNorm: { inputs: 3; attrs: { readonly eps: number } }; // over the last axis; x [...b, dim], gain [dim], bias [dim]
  standardize: { inputs: 1; attrs: { readonly eps: number } }; // x [...b, dim] at mean 0, variance 1 over the last axis
  inverseDeviation: { inputs: 1; attrs: { readonly eps: number } }; // [...b, dim] -> [...b, 1]
  groupNorm: { inputs: 3; attrs: { readonly groups: number; readonly eps: number } }; // x [batch, channels, time], gain, bias [channels]
  gelu: { inputs: 1; attrs: None };
  normalCdf: { inputs: 1; attrs: None }; // of the standard normal distribution
  relu: { inputs: 1; attrs: None };
  sigmoid: { inputs: 1; attrs: None };
  softmax: { inputs: 1; attrs: None }; // over the last axis
  logSoftmax: { inputs: 1; attrs: None };
  scaleGradient: { inputs: 1; attrs: { readonly scale: number } }; // x itself; its gradient times scale
  straightThrough: { inputs: 2; attrs: None }; // the first input; the gradient goes to the second
  attention: { inputs: 3 | 4; attrs: { readonly heads: number } }; // query, key, value [batch, frames, dim], bias
}
export type CompositeName = keyof Composites;
export type CompositeAttrs<N extends CompositeName> = Composites[N]["attrs"];
/** One T per input of composite N. */
export type PerCompositeInput<N extends CompositeName, T> = Composites[N]["inputs"] extends infer Count
  ? Count extends 4
    ? readonly [T, T, T, T]
    : Tuple<Count, T>
  : never;
