// One row an op, total by type: `tsc` names the row that is missing when @wav2vec/core gains an op.
import {
  allocate,
  UNREACHABLE,
  type Conv1dAttrs,
  type Dim,
  type DType,
  type OpName,
  type Ops,
  type PerInput,
  type TypedArray,
} from "@wav2vec/core";

interface Operand {
  readonly data: TypedArray;
  readonly shape: readonly number[];
  readonly dtype: DType;
}
/** What a kernel must produce, and the settings of its op. */
export interface Call<Attrs = unknown> {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly attrs: Attrs;
  /** A length that may depend on the run. */
  readonly evaluate: (dim: Dim) => number;
}
type Kernel<N extends OpName> = (operands: PerInput<N, Operand>, call: Call<Ops[N]["attrs"]>) => TypedArray;

const size = (shape: readonly number[]) => shape.reduce((n, dim) => n * dim, 1);

/** Fills a new array of the result's dtype; int32 truncates and bool is 0 or 1. */
function fill({ dtype, shape }: Call, element: (i: number) => number): TypedArray {
  const y = allocate(dtype, size(shape));
  for (let i = 0; i < y.length; i++) y[i] = element(i);
  return y;
}

/** Where each axis is, for a flat index. */
function position(index: number, shape: readonly number[]): number[] {
  const at = new Array<number>(shape.length);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    at[axis] = index % shape[axis]!;
    index = Math.floor(index / shape[axis]!);
  }
  return at;
}
const flat = (at: readonly number[], shape: readonly number[]) =>
  at.reduce((index, x, axis) => index * shape[axis]! + x, 0);

function logSum(terms: readonly number[]): number {
  const largest = Math.max(...terms);
  return largest + Math.log(terms.reduce((sum, x) => sum + Math.exp(x - largest), 0));
}

const unary =
  (f: (x: number) => number) =>
  ([x]: readonly [Operand], call: Call) =>
    fill(call, (i) => f(x.data[i]!));
const binary =
  (f: (a: number, b: number) => number) =>
  ([a, b]: readonly [Operand, Operand], call: Call) =>
    fill(call, (i) => f(a.data[i]!, b.data[i]!));

/** An element of the result is one of x, found by its position. */
const moved =
  <Attrs>(from: (at: number[], call: Call<Attrs>, shape: readonly number[]) => number[] | number) =>
  ([x]: readonly [Operand], call: Call<Attrs>) =>
    fill(call, (i) => {
      const source = from(position(i, call.shape), call, x.shape);
      return typeof source === "number" ? source : x.data[flat(source, x.shape)]!;
    });

/** Every element of x meets the element of the result that its axes reduce to. */
function reduce(
  { data, shape }: Operand,
  call: Call,
  start: number,
  step: (sofar: number, x: number) => number,
) {
  const y = new Float64Array(size(call.shape)).fill(start);
  data.forEach((x, i) => {
    const to = flat(
      position(i, shape).map((at, axis) => Math.min(at, call.shape[axis]! - 1)),
      call.shape,
    );
    y[to] = step(y[to]!, x);
  });
  return fill(call, (i) => y[i]!);
}

/** Calls `visit` with flat indices into x, weight and y for each product of a convolution. */
function eachProduct(
  [batch, cin, time]: readonly number[],
  [cout, perGroup, kernel]: readonly number[],
  frames: number,
  { stride, padding, dilation, groups }: Conv1dAttrs,
  visit: (x: number, weight: number, y: number) => void,
): void {
  for (let b = 0; b < batch!; b++)
    for (let o = 0; o < cout!; o++)
      for (let c = 0; c < perGroup!; c++)
        for (let k = 0; k < kernel!; k++)
          for (let frame = 0; frame < frames; frame++) {
            const at = frame * stride + k * dilation - padding[0];
            if (at < 0 || at >= time!) continue;
            const channel = Math.floor((o * groups) / cout!) * perGroup! + c;
            visit(
              (b * cin! + channel) * time! + at,
              (o * perGroup! + c) * kernel! + k,
              (b * cout! + o) * frames + frame,
            );
          }
}

/** Its Taylor series, which float64 sums exactly enough up to 4; beyond, erf is 1 to float32. */
function erf(x: number): number {
  if (Number.isNaN(x) || Math.abs(x) > 4) return Math.sign(x);
  let [term, sum] = [x, x];
  for (let n = 1; n < 60; n++) sum += (term *= (-x * x) / n) / (2 * n + 1);
  return (2 / Math.sqrt(Math.PI)) * sum;
}

export const kernels: { readonly [N in OpName]: Kernel<N> } = {
  constant: (_, call) => fill(call, () => call.evaluate(call.attrs.value)),
  iota: (_, call) => fill(call, (i) => position(i, call.shape)[call.attrs.axis]!),
  neg: unary((x) => -x),
  abs: unary(Math.abs),
  exp: unary(Math.exp),
  log: unary(Math.log),
  sqrt: unary(Math.sqrt),
  sin: unary(Math.sin),
  cos: unary(Math.cos),
  tanh: unary(Math.tanh),
  erf: unary(erf),
  floor: unary(Math.floor),
  add: binary((a, b) => a + b),
  sub: binary((a, b) => a - b),
  mul: binary((a, b) => a * b),
  div: binary((a, b) => a / b),
  maximum: binary(Math.max),
  minimum: binary(Math.min),
  less: binary((a, b) => Number(a < b)),
  equal: binary((a, b) => Number(a === b)),
  and: binary((a, b) => a & b),
  not: unary((x) => 1 - x),
  where: ([c, a, b], call) => fill(call, (i) => (c.data[i] ? a.data[i]! : b.data[i]!)),
  cast: ([x], call) => fill(call, (i) => (call.dtype === "bool" ? Number(x.data[i] !== 0) : x.data[i]!)),
  matMul: ([a, b], call) => {
    const [m, n] = call.shape.slice(-2) as [number, number]; // ops know their ranks
    const k = a.shape.at(-1)!;
    return fill(call, (i) => {
      const [batch, row, column] = [Math.floor(i / (m * n)), Math.floor(i / n) % m, i % n];
      let sum = 0;
      for (let j = 0; j < k; j++)
        sum += a.data[(batch * m + row) * k + j]! * b.data[(batch * k + j) * n + column]!;
      return sum;
    });
  },
  conv1d: ([x, weight], call) => {
    const y = new Float64Array(size(call.shape));
    eachProduct(x.shape, weight.shape, call.shape[2]!, call.attrs, (xAt, wAt, yAt) => {
      y[yAt]! += x.data[xAt]! * weight.data[wAt]!;
    });
    return fill(call, (i) => y[i]!);
  },
  conv1dInputGradient: ([dy, weight], call) => {
    const dx = new Float64Array(size(call.shape));
    eachProduct(call.shape, weight.shape, dy.shape[2]!, call.attrs, (xAt, wAt, yAt) => {
      dx[xAt]! += dy.data[yAt]! * weight.data[wAt]!;
    });
    return fill(call, (i) => dx[i]!);
  },
  conv1dWeightGradient: ([x, dy], call) => {
    const dw = new Float64Array(size(call.shape));
    eachProduct(x.shape, call.shape, dy.shape[2]!, call.attrs, (xAt, wAt, yAt) => {
      dw[wAt]! += x.data[xAt]! * dy.data[yAt]!;
    });
    return fill(call, (i) => dw[i]!);
  },
  sum: ([x], call) => reduce(x, call, 0, (sum, v) => sum + v),
  max: ([x], call) => reduce(x, call, -Infinity, Math.max),
  argMax: ([x], call) => {
    const { axis } = call.attrs;
    return fill(call, (i) => {
      const at = position(i, call.shape);
      let best = 0;
      const value = (j: number) => x.data[flat(at.with(axis, j), x.shape)]!;
      for (let j = 1; j < x.shape[axis]!; j++) if (value(j) > value(best)) best = j;
      return best;
    });
  },
  forwardAlgorithm: ([emissions, skips], call) => {
    const [batch, frames, states] = call.shape as [number, number, number]; // the graph's shapes say so
    const y = new Float64Array(batch * frames * states);
    for (let row = 0; row < batch; row++) {
      let before = Array.from({ length: states }, (_, s) => (s === 0 ? 0 : UNREACHABLE));
      for (let t = 0; t < frames; t++) {
        const start = (row * frames + t) * states;
        const now = before.map((stay, s) => {
          const one = before[s - 1] ?? UNREACHABLE;
          const two = (before[s - 2] ?? UNREACHABLE) + skips.data[row * states + s]!;
          return logSum([stay, one, two]) + emissions.data[start + s]!;
        });
        y.set(now, start);
        const total = logSum(now);
        before = now.map((u) => u - total);
      }
    }
    return fill(call, (i) => y[i]!);
  },
  reshape: ([x]) => x.data,
  transpose: moved((at, { attrs }) => attrs.order.map((_, axis) => at[attrs.order.indexOf(axis)]!)),
  expand: moved((at, _, shape) => at.map((x, axis) => Math.min(x, shape[axis]! - 1))),
  slice: moved((at, { attrs: { axis, start, step }, evaluate }) =>
    at.with(axis, evaluate(start) + at[axis]! * step),
  ),
  pad: moved((at, { attrs: { axis, before, value }, evaluate }, shape) => {
    const inside = at[axis]! - evaluate(before);
    return inside < 0 || inside >= shape[axis]! ? value : at.with(axis, inside);
  }),
  concat: (parts, call) => {
    const { axis } = call.attrs;
    return fill(call, (i) => {
      const at = position(i, call.shape);
      let part = 0;
      while (at[axis]! >= parts[part]!.shape[axis]!) at[axis]! -= parts[part++]!.shape[axis]!;
      return parts[part]!.data[flat(at, parts[part]!.shape)]!;
    });
  },
  gather: ([x, index], call) => {
    const row = size(x.shape.slice(1));
    return fill(call, (i) => x.data[index.data[Math.floor(i / row)]! * row + (i % row)]!);
  },
  scatterAdd: ([index, updates], call) => {
    const row = size(call.shape.slice(1));
    const y = new Float64Array(size(call.shape));
    updates.data.forEach((x, i) => (y[index.data[Math.floor(i / row)]! * row + (i % row)]! += x));
    return fill(call, (i) => y[i]!);
  },
};
