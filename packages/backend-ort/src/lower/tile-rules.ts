// Which ops may run on a tile, some neighbouring steps of a clip, and give the same; the table is total by type.
import {
  bareSymbol,
  commonFactor,
  exactQuotient,
  mulDims,
  sameDim,
  sizeOf,
  type AnyCompositeNode,
  type AnyOpNode,
  type CompositeName,
  type Dim,
  type OpName,
  type Shape,
  type Value,
} from "@wav2vec/core";

/** How clips are cut: each into `count` tiles of equally many steps. */
export interface Tiling {
  /** The symbol that all clips' values have as their first axis. */
  readonly batch: Dim;
  readonly count: number;
}

/** A value's part in one tile. */
export interface Tile {
  /** Of what a tile holds: one clip, or none of its own axis where steps of all clips are one axis. */
  readonly shape: Shape;
  /** How many first axes clips and steps take. */
  readonly lead: 1 | 2;
}

/** The tile of a value [batch, steps, ...] or [batch * steps, ...]; undefined if it has no such axes. */
export function tileOf(shape: Shape, { batch, count }: Tiling): Tile | undefined {
  const [first, steps, ...rest] = shape;
  if (first === undefined || typeof first === "number") return undefined;
  if (exactQuotient(first, batch) === 1) {
    const perTile = steps === undefined ? undefined : exactQuotient(steps, count);
    return perTile === undefined || perTile === 0 ? undefined : { shape: [1, perTile, ...rest], lead: 2 };
  }
  const perTile = exactQuotient(first, mulDims(batch, count));
  return perTile === undefined ? undefined : { shape: [perTile, ...shape.slice(1)], lead: 1 };
}

/** Whether a value holds one row for each clip, [batch, 1, ...], to be read by each of the clip's tiles. */
export function isPerClip(shape: Shape, { batch }: Tiling): boolean {
  const [first, second] = shape;
  return second === 1 && first !== undefined && exactQuotient(first, batch) === 1;
}

/** Elements that a tile of a value shall have at least, for each step of the model's last frames. */
const TILE_ELEMENTS = 1024;

/**
 * The tiling for a chain that begins with an op over values [batch, steps, ...] or, where `batch` is known,
 * [batch * steps, ...]; undefined if they are too small to be cut.
 */
export function tilingFor(shape: Shape, batch = shape[0]): Tiling | undefined {
  if (batch === undefined || typeof batch === "number" || bareSymbol(batch) === undefined) return undefined;
  const ofClip = exactQuotient(sizeOf(shape), batch);
  if (ofClip === undefined || typeof ofClip === "number") return undefined;
  const wanted = commonFactor(ofClip) / TILE_ELEMENTS;
  let count = 1;
  while (2 * count <= wanted && tileOf(shape, { batch, count: 2 * count })) count *= 2;
  return count > 1 ? { batch, count } : undefined;
}

/** What becomes of an op's results on tiles: they are joined, added up, or added up for each clip. */
export type Role = "joined" | "total" | "perClip";

type AnyNode = AnyOpNode | AnyCompositeNode;
type Rule = (value: AnyNode, tiling: Tiling) => Role | undefined;

/** Rows in, rows out: all that varies over steps has the axes of the result. */
const joined: Rule = (value, tiling) => (tileOf(value.shape, tiling) ? "joined" : undefined);
const elementwise: Rule = (value, tiling) => joined(value, tiling);
const never: Rule = () => undefined;

/** Along axes behind those of clips and steps. */
const within =
  (axesOf: (value: AnyNode) => readonly number[]): Rule =>
  (value, tiling) => {
    const tile = tileOf((value.inputs[0] as Value).shape, tiling);
    if (!tile || !tileOf(value.shape, tiling)) return undefined;
    return axesOf(value).every((axis) => axis >= tile.lead) ? "joined" : undefined;
  };
const lastAxis = within(({ shape }) => [shape.length - 1]);
const ownAxis = within((value) => [(value.attrs as { axis: number }).axis]); // slice, pad, concat
const pad: Rule = (value, tiling) =>
  shiftOf(value) && tileOf(value.shape, tiling)?.lead === 2 ? "joined" : ownAxis(value, tiling);
const reducedAxes = within((value) => (value.attrs as { axes: readonly number[] }).axes); // sum, max

const sum: Rule = (value, tiling) => {
  const { shape } = value.inputs[0] as Value;
  const tile = tileOf(shape, tiling);
  const axes = (value.attrs as { axes: readonly number[] }).axes.join();
  const isRow = typeof sizeOf(shape.slice(tile?.lead)) === "number";
  if (tile && isRow && axes === (tile.lead === 1 ? "0" : "0,1")) return "total";
  if (tile?.lead === 2 && isRow && axes === "1") return "perClip";
  return reducedAxes(value, tiling);
};

const matMul: Rule = (value, tiling) => {
  const [left, right] = value.inputs as readonly [Value, Value];
  const rows = transposedRows(left);
  const lead = (x: Value) => tileOf(x.shape, tiling)?.lead;
  if (rows) return lead(rows) === 1 && lead(right) === 1 ? "total" : undefined;
  return lead(left) === 1 && value.shape.length === 2 && right.shape.every((dim) => typeof dim === "number")
    ? "joined"
    : undefined;
};

/** x of a transposed x [rows, width], as the gradients of weights have it. */
export function transposedRows(value: Value): Value | undefined {
  return value.kind === "op" && value.op === "transpose" && value.shape.length === 2
    ? value.inputs[0]
    : undefined;
}

/** What a value is, moved by one step: each element takes the place of the one before or behind, with zeros where none is. */
export interface Shift {
  readonly x: Value;
  readonly to: "earlier" | "later";
}

/** How a slice of [batch, steps, ...] with zeros in place of what it left out is a shift; undefined if it is none. */
export function shiftOf(value: Value): Shift | undefined {
  if (value.kind !== "op" || value.op !== "pad" || value.attrs.axis !== 1 || value.attrs.value !== 0)
    return undefined;
  const [part] = value.inputs;
  if (part.kind !== "op" || part.op !== "slice" || part.attrs.axis !== 1 || part.attrs.step !== 1)
    return undefined;
  const [x] = part.inputs;
  const { before, after } = value.attrs;
  if (!sameDim(x.shape[1]!, value.shape[1]!)) return undefined; // both have an axis 1
  if (part.attrs.start === 1 && before === 0 && after === 1) return { x, to: "earlier" };
  if (part.attrs.start === 0 && before === 1 && after === 0) return { x, to: "later" };
  return undefined;
}

/** What a value's tile is a view of, which every reader makes for itself. */
export function viewed(value: Value, tiling: Tiling): Value | undefined {
  const tile = tileOf(value.shape, tiling);
  if (!tile || value.kind !== "op" || (value.op !== "expand" && value.op !== "reshape")) return undefined;
  const [source] = value.inputs;
  if (tileOf(source.shape, tiling)) return source;
  if (value.op === "reshape") return undefined;
  const isSame = source.shape.slice(0, tile.lead).every((dim) => dim === 1);
  return isSame || isPerClip(source.shape, tiling) ? source : undefined;
}

/** What one op becomes; undefined if it can't run on tiles. */
export const roleOf: Rule = (value, tiling) => rules[value.op](value, tiling);

/** Ops that a chain is worth beginning for; the others run where what reads them does. */
const BEGINNING: ReadonlySet<OpName | CompositeName> = new Set(["linear", "matMul", "sum", "layerNorm"]);
export const beginsChain = ({ op }: AnyNode): boolean => BEGINNING.has(op);

/** Whether an op computes each element from those at the same place. */
export const isElementwise = ({ op }: AnyNode): boolean => rules[op] === elementwise;

/** The value over whose steps an op runs. */
export function steppedOver(value: AnyNode): Value {
  const [first] = value.inputs as readonly Value[];
  if (value.op === "sum") return first!; // it has one input
  return (value.op === "matMul" && transposedRows(first!)) || value;
}

const rules: { readonly [N in OpName | CompositeName]: Rule } = {
  constant: never,
  iota: never,
  neg: elementwise,
  abs: elementwise,
  exp: elementwise,
  log: elementwise,
  sqrt: elementwise,
  sin: elementwise,
  cos: elementwise,
  tanh: elementwise,
  erf: elementwise,
  floor: elementwise,
  add: elementwise,
  sub: elementwise,
  mul: elementwise,
  div: elementwise,
  maximum: elementwise,
  minimum: elementwise,
  less: elementwise,
  equal: elementwise,
  and: elementwise,
  not: elementwise,
  where: elementwise,
  cast: elementwise,
  matMul,
  conv1d: never,
  conv1dInputGradient: never,
  conv1dWeightGradient: never,
  sum,
  max: reducedAxes,
  argMax: never,
  forwardAlgorithm: never,
  reshape: never, // a view
  transpose: never,
  expand: never, // a view
  slice: ownAxis,
  pad,
  concat: ownAxis,
  gather: never,
  scatterAdd: never,
  linear: joined,
  layerNorm: lastAxis,
  standardize: lastAxis,
  inverseDeviation: lastAxis,
  groupNorm: never,
  gelu: elementwise,
  normalCdf: elementwise,
  relu: elementwise,
  sigmoid: elementwise,
  softmax: lastAxis,
  logSoftmax: lastAxis,
  scaleGradient: never,
  straightThrough: never,
  attention: never,
};
