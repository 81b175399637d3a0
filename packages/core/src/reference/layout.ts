// Ops of the reference backend that move elements: all are one strided copy.

/** Elements in `shape`. */
export function count(shape: readonly number[]): number {
  return shape.reduce((n, dim) => n * dim, 1);
}

/** Row-major strides of `shape`. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}

/** Calls `visit` with the flat offset, under `strides` from `offset`, of each position of `shape` in row-major order. */
function eachOffset(
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
  visit: (at: number, index: number) => void,
): void {
  const total = count(shape);
  const position = new Array<number>(shape.length).fill(0);
  let at = offset;
  for (let index = 0; index < total; index++) {
    visit(at, index);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++position[axis]! < shape[axis]!) break;
      at -= strides[axis]! * shape[axis]!;
      position[axis] = 0;
    }
  }
}

/** Reads x through `strides` into a new row-major array of `shape`. */
export function readStrided(
  x: Float64Array,
  shape: readonly number[],
  strides: readonly number[],
  offset = 0,
): Float64Array {
  const y = new Float64Array(count(shape));
  eachOffset(shape, strides, offset, (at, index) => {
    y[index] = x[at]!;
  });
  return y;
}

/** Writes row-major x of `shape` through `strides` into y. */
export function writeStrided(
  x: Float64Array,
  y: Float64Array,
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
): void {
  eachOffset(shape, strides, offset, (at, index) => {
    y[at] = x[index]!;
  });
}

/** Folds the axes of x that have length 1 in `to` with `step`, from `start`. */
export function fold(
  x: Float64Array,
  from: readonly number[],
  to: readonly number[],
  start: number,
  step: (sofar: number, x: number) => number,
): Float64Array {
  const y = new Float64Array(count(to)).fill(start);
  const strides = stridesOf(to).map((stride, axis) => (to[axis] === 1 ? 0 : stride));
  eachOffset(from, strides, 0, (at, index) => {
    y[at] = step(y[at]!, x[index]!);
  });
  return y;
}
