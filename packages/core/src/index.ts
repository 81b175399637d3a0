export { allocate, dtypeOf, type DType, type TypedArray } from "./graph/dtype.js";
export type { Backend, CompileOptions, Program, Tensor, WeightDType, WeightHandle, Weights } from "./graph/backend.js";
