// The part of ONNX that lowering writes: models as plain objects.
// Names and meaning follow https://github.com/onnx/onnx/blob/v1.17.0/onnx/onnx.proto

/** Values of TensorProto.DataType. */
export const ONNX_TYPES = { float32: 1, int32: 6, int64: 7, bool: 9, float64: 11 } as const;
export type OnnxType = keyof typeof ONNX_TYPES;

/** An attribute: a number is an int if whole, else wrap it with `float`. */
export type Attribute =
  number | string | readonly number[] | { readonly float: number } | { readonly body: OnnxBody };
export type Attributes = Readonly<Record<string, Attribute>>;

export interface OnnxNode {
  readonly opType: string;
  /** Empty for the standard ops. */
  readonly domain: string;
  /** An empty name stands for an input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}

/** A constant: its bytes, or the place in a file where they lie. */
export interface OnnxInitializer {
  readonly name: string;
  readonly type: OnnxType;
  readonly dims: readonly number[];
  readonly data: Uint8Array | { readonly file: string; readonly offset: number; readonly length: number };
}

/** An input or output; a string is the name of a length that is known when the model runs. */
export interface OnnxValueInfo {
  readonly name: string;
  readonly type: OnnxType;
  readonly dims: readonly (number | string)[];
  /** A sequence of such tensors. */
  readonly isSequence?: boolean;
}

/** The graph that a control-flow node runs. It may read any tensor of the model around it by name. */
export interface OnnxBody {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
}

/** The tensors that a node needs: its inputs, and what its bodies read around them. */
export function tensorsReadBy({ inputs, attributes }: OnnxNode): string[] {
  const bodies = Object.values(attributes).flatMap((value) =>
    typeof value === "object" && "body" in value ? [value.body] : [],
  );
  return [...inputs, ...bodies.flatMap((body) => body.nodes.flatMap(tensorsReadBy))];
}

/** Those of `nodes`, in topological order, that `outputs` depend on: rules that look past an input leave nodes unused. */
export function nodesFor(nodes: readonly OnnxNode[], outputs: readonly string[]): OnnxNode[] {
  const wanted = new Set(outputs);
  const kept: OnnxNode[] = [];
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((output) => wanted.has(output))) continue;
    kept.push(node);
    for (const input of tensorsReadBy(node)) wanted.add(input);
  }
  return kept.reverse();
}

export interface OnnxModel {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxInitializer[];
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
}
