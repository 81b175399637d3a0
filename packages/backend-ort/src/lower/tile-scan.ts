// A tiled group as ONNX's Scan: the body runs once a tile, reads it where it lies and writes results where they belong.
import {
  input,
  mulDims,
  sizeOf,
  subDims,
  type AnyCompositeNode,
  type AnyOpNode,
  type Dim,
  type Shape,
  type Value,
} from "@wav2vec/core";
import { nodesFor, type OnnxValueInfo } from "../onnx/messages.js";
import { createEmitter, onnxType, type Emitter } from "./emitter.js";
import { padded, reshaped, sliced, type Call, type Operand } from "./operand.js";
import { isPerClip, shiftOf, tileOf, transposedRows, viewed, type Shift } from "./tile-rules.js";
import type { InputsOf, TiledGroup } from "./tile-groups.js";

/** Adds the nodes of one op and returns the name of the result. */
export type LowerOp = (
  value: AnyOpNode | AnyCompositeNode,
  operands: readonly Operand[],
  call: Call<unknown>,
  emit: Emitter,
) => string;

/** A result of the body, and how the Scan's becomes the value's. */
interface BodyResult {
  readonly value: Value;
  readonly info: OnnxValueInfo;
  readonly finish: (result: string) => string;
}
/** One that is carried from tile to tile. */
interface Carried extends BodyResult {
  readonly before: OnnxValueInfo;
  readonly start: string;
}

/**
 * Adds the Scan of a group.
 *
 * @param name begins the names of all tensors in the body
 * @param isMadeAgain which members of other groups are lowered here as well, rather than read
 * @returns the names of the group's results
 */
export function lowerTiles(
  group: TiledGroup,
  name: string,
  inputsOf: InputsOf,
  isMadeAgain: (value: Value) => boolean,
  lowerOp: LowerOp,
  emit: Emitter,
): ReadonlyMap<Value, string> {
  const tiles = mulDims(group.batch, group.count);
  const names = new Map<Value, string>();
  const scanned: { readonly outside: string; readonly info: OnnxValueInfo }[] = [];
  const body = createEmitter(emit.target, [], nameOf, { emit, prefix: `${name}.` });

  /** The tensor in the body that holds a tile of `value`, or all of what is the same for every tile. */
  function nameOf(value: Value): string {
    const known = names.get(value) ?? readIn(value);
    names.set(value, known);
    return known;
  }
  function readIn(value: Value): string {
    const shape = shapeIn(value.shape, group);
    const source = viewed(value, group);
    if (!shape) return emit.nameOf(value);
    if (source) return lowerIn(value, [source]);
    if (group.members.get(value) === "joined" || isMadeAgain(value)) return lowerIn(value, inputsOf(value));
    const whole = tileOf(value.shape, group) ? emit.nameOf(value) : onceATile(value, group, emit);
    return scan(reshaped(emit, whole, value.shape, [tiles, ...shape]), shape, value);
  }
  /** The tensor in the body for a tile of `whole`, [tiles, ...shape]. */
  function scan(whole: string, shape: Shape, value: Value): string {
    const info = infoOf(`${name}.in${scanned.length}`, shape, value);
    scanned.push({ info, outside: whole });
    return info.name;
  }
  /** Rules see tiles as they lie, and behind nothing but an expansion. */
  function operand(value: Value): Operand {
    const shape = shapeIn(value.shape, group) ?? value.shape;
    const known = nameOf(value);
    if (shape === value.shape || (value.kind === "op" && value.op === "expand" && viewed(value, group)))
      return { name: known, shape, dtype: value.dtype, value };
    const opaque = input(known, shape, value.dtype);
    names.set(opaque, known);
    return { name: known, shape, dtype: value.dtype, value: opaque };
  }
  /** A tile without its step at one end, and with the neighbouring tile's at the other. */
  function shifted(value: Value, { x, to }: Shift): string {
    const { shape } = tileOf(value.shape, group)!; // a member
    const [, steps, ...rest] = shape as readonly [1, Dim, ...Dim[]]; // its rule says so
    const [batch, count] = [group.batch, group.count];
    const whole = emit.nameOf(x);
    const inTiles = reshaped(emit, whole, x.shape, [batch, count, steps, ...rest]);
    const last = subDims(steps, 1);
    const none = rest.map(() => 0);
    const edges =
      to === "earlier"
        ? padded(emit, sliced(emit, sliced(emit, inTiles, 2, 0, 1), 1, 1, count), [0, 0, 0, ...none], [0, 1, 0, ...none]) // prettier-ignore
        : padded(emit, sliced(emit, sliced(emit, inTiles, 2, last, steps), 1, 0, count - 1), [0, 1, 0, ...none], [0, 0, 0, ...none]); // prettier-ignore
    const edge = scan(reshaped(emit, edges, [], [tiles, 1, 1, ...rest]), [1, 1, ...rest], value);
    const tile = scan(reshaped(emit, whole, x.shape, [tiles, ...shape]), shape, value);
    const parts =
      to === "earlier" ? [sliced(body, tile, 1, 1, steps), edge] : [edge, sliced(body, tile, 1, 0, last)];
    return body.node("Concat", parts, { axis: 1 });
  }
  function lowerIn(value: Value, inputs: readonly Value[]): string {
    const shift = shiftOf(value);
    if (shift) return shifted(value, shift);
    const node = value as AnyOpNode | AnyCompositeNode; // as all members and views
    const { shape } = tileOf(value.shape, group)!; // they have tiles
    return lowerOp(node, inputs.map(operand), { attrs: node.attrs, shape, dtype: value.dtype }, body);
  }

  function total(value: Value): Carried {
    const [left, right] = inputsOf(value) as readonly [Value, Value?];
    const rows = right && transposedRows(left);
    const shape = rows ? value.shape : [1, sizeOf(value.shape)];
    const before = infoOf(`${name}.before${names.size}`, shape, value);
    names.set(value, before.name);
    const [a, b] = rows ? [nameOf(rows), nameOf(right)] : [ones(left), asRows(left)];
    const after = body.node("Gemm", [a, b, before.name], { transA: rows ? 1 : 0 });
    const start = emit.node("Expand", [emit.fill(0, [], "float32"), emit.lengths(shape)]);
    const finish = (result: string) => reshaped(emit, result, shape, value.shape);
    return { value, before, start, info: { ...before, name: after }, finish };
  }
  /** Sums over steps are products with ones, for which ReduceSum takes ten times as long. */
  function ones(x: Value): string {
    const { shape, lead } = tileOf(x.shape, group)!; // sums run over tiles
    return emit.node("Expand", [
      emit.fill(1, [], "float32"),
      emit.lengths([1, sizeOf(shape.slice(0, lead))]),
    ]);
  }
  /** A tile as [steps, width]. */
  function asRows(x: Value): string {
    const { shape, lead } = tileOf(x.shape, group)!; // sums run over tiles
    return reshaped(body, nameOf(x), shape, [sizeOf(shape.slice(0, lead)), sizeOf(shape.slice(lead))]);
  }
  /** Each result needs a tensor of its own that a node made. */
  function ownResult(known: string): string {
    const isMade = body.nodes.some(({ outputs }) => outputs.includes(known));
    return isMade && !collected.some(({ info }) => info.name === known)
      ? known
      : body.node("Identity", [known]);
  }
  function joined(value: Value): BodyResult {
    const { shape } = tileOf(value.shape, group)!; // as a member
    const info = infoOf(ownResult(nameOf(value)), shape, value);
    return { value, info, finish: (all) => reshaped(emit, all, [tiles, ...shape], value.shape) };
  }
  function perClip(value: Value): BodyResult {
    const [x] = inputsOf(value) as readonly [Value]; // a sum
    const [batch, ...rest] = value.shape as readonly [Dim, ...Dim[]]; // its role says so
    const width = sizeOf(rest);
    const info = infoOf(body.node("MatMul", [ones(x), asRows(x)]), [1, width], value);
    const finish = (all: string) => {
      const sums = reshaped(emit, all, [], [batch, group.count, width]);
      return reshaped(
        emit,
        emit.node("ReduceSum", [sums, emit.integers([1])], { keepdims: 0 }),
        [batch, width],
        value.shape,
      );
    };
    return { value, info, finish };
  }

  const carried: Carried[] = [];
  const collected: BodyResult[] = [];
  for (const [value, role] of group.members) {
    if (!group.results.has(value)) continue;
    if (role === "total") carried.push(total(value));
    else collected.push(role === "joined" ? joined(value) : perClip(value));
  }
  const results = [...carried, ...collected];
  const outputs = results.map(({ info }) => info);
  const first = emit.node(
    "Scan",
    [...carried.map(({ start }) => start), ...scanned.map(({ outside }) => outside)],
    {
      num_scan_inputs: scanned.length,
      body: {
        body: {
          name: `${name}.tile`,
          nodes: nodesFor(
            body.nodes,
            outputs.map((output) => output.name),
          ),
          inputs: [...carried.map(({ before }) => before), ...scanned.map(({ info }) => info)],
          outputs,
        },
      },
    },
    { outputs: results.length },
  );
  return new Map(results.map(({ value, finish }, i) => [value, finish(i === 0 ? first : `${first}.${i}`)]));
}

/** What a tile reads of a value; undefined if it is the same for all. */
function shapeIn(shape: Shape, group: TiledGroup): Shape | undefined {
  return tileOf(shape, group)?.shape ?? (isPerClip(shape, group) ? [1, ...shape.slice(1)] : undefined);
}

/** [batch, 1, ...] -> [batch, count, ...] */
function onceATile(value: Value, { count }: TiledGroup, emit: Emitter): string {
  return emit.node("Expand", [emit.nameOf(value), emit.lengths(value.shape.with(1, count))]);
}

function infoOf(name: string, shape: Shape, { dtype }: Value): OnnxValueInfo {
  const dims = shape.map((dim, axis) => (typeof dim === "number" ? dim : `${name}.${axis}`));
  return { name, type: onnxType(dtype), dims };
}
