// Writes an OnnxModel as the protobuf bytes of an ONNX ModelProto. Field numbers are those of
// https://github.com/onnx/onnx/blob/v1.17.0/onnx/onnx.proto
import { BinaryWriter as Writer } from "@bufbuild/protobuf/wire";
import {
  ONNX_TYPES,
  type Attribute,
  type OnnxBody,
  type OnnxInitializer,
  type OnnxModel,
  type OnnxNode,
  type OnnxValueInfo,
} from "./messages.js";

type Write<T> = (writer: Writer, message: T) => void;

/** ONNX 1.17: the newest that has every op used here. */
const IR_VERSION = 10;
const OPSETS = [
  { domain: "", version: 21 },
  { domain: "com.microsoft", version: 1 },
];

/** The bytes of the ModelProto. */
export function encodeModel(model: OnnxModel): Uint8Array {
  const writer = new Writer();
  int(writer, 1, IR_VERSION);
  text(writer, 2, "wav2vec");
  nested(writer, 7, model, writeGraph);
  for (const opset of OPSETS) {
    nested(writer, 8, opset, (w, { domain, version }) => {
      text(w, 1, domain);
      int(w, 2, version);
    });
  }
  return writer.finish();
}

function writeGraph(writer: Writer, graph: OnnxModel | OnnxBody): void {
  for (const node of graph.nodes) nested(writer, 1, node, writeNode);
  text(writer, 2, graph.name);
  if ("initializers" in graph)
    for (const initializer of graph.initializers) nested(writer, 5, initializer, writeTensor);
  for (const value of graph.inputs) nested(writer, 11, value, writeValueInfo);
  for (const value of graph.outputs) nested(writer, 12, value, writeValueInfo);
}

function writeNode(writer: Writer, node: OnnxNode): void {
  for (const name of node.inputs) text(writer, 1, name);
  for (const name of node.outputs) text(writer, 2, name);
  text(writer, 3, `${node.opType}:${node.outputs[0] ?? ""}`);
  text(writer, 4, node.opType);
  for (const attribute of Object.entries(node.attributes)) nested(writer, 5, attribute, writeAttribute);
  text(writer, 7, node.domain);
}

function writeAttribute(writer: Writer, [name, value]: [string, Attribute]): void {
  text(writer, 1, name);
  if (typeof value === "number") {
    int(writer, 3, value);
    int(writer, 20, 2); // INT
  } else if (typeof value === "string") {
    text(writer, 4, value);
    int(writer, 20, 3); // STRING
  } else if ("float" in value) {
    writer.uint32((2 << 3) | 5).float(value.float);
    int(writer, 20, 1); // FLOAT
  } else if ("body" in value) {
    nested(writer, 6, value.body, writeGraph);
    int(writer, 20, 5); // GRAPH
  } else {
    for (const item of value) int(writer, 8, item);
    int(writer, 20, 7); // INTS
  }
}

function writeTensor(writer: Writer, { name, type, dims, data }: OnnxInitializer): void {
  for (const dim of dims) int(writer, 1, dim);
  int(writer, 2, ONNX_TYPES[type]);
  text(writer, 8, name);
  if (data instanceof Uint8Array) {
    writer.uint32((9 << 3) | 2).bytes(data);
    return;
  }
  const place = { location: data.file, offset: String(data.offset), length: String(data.length) };
  for (const entry of Object.entries(place)) {
    nested(writer, 13, entry, (w, [key, value]) => {
      text(w, 1, key);
      text(w, 2, value);
    });
  }
  int(writer, 14, 1); // data_location: EXTERNAL
}

function writeValueInfo(writer: Writer, { name, type, dims, isSequence = false }: OnnxValueInfo): void {
  text(writer, 1, name);
  const writeDim: Write<number | string> = (w, dim) =>
    typeof dim === "number" ? int(w, 1, dim) : text(w, 2, dim);
  const writeShape: Write<OnnxValueInfo["dims"]> = (w, shape) => {
    for (const dim of shape) nested(w, 1, dim, writeDim);
  };
  const writeTensorType: Write<OnnxValueInfo["dims"]> = (w, shape) =>
    nested(w, 1, shape, (tensorWriter) => {
      int(tensorWriter, 1, ONNX_TYPES[type]);
      nested(tensorWriter, 2, shape, writeShape);
    });
  const writeSequenceType: Write<OnnxValueInfo["dims"]> = (w, shape) =>
    nested(w, 4, shape, (sequenceWriter) => nested(sequenceWriter, 1, shape, writeTensorType));
  nested(writer, 2, dims, isSequence ? writeSequenceType : writeTensorType);
}

function int(writer: Writer, field: number, value: number): void {
  writer.uint32(field << 3).int64(value);
}

function text(writer: Writer, field: number, value: string): void {
  writer.uint32((field << 3) | 2).string(value);
}

function nested<T>(writer: Writer, field: number, message: T, write: Write<T>): void {
  writer.uint32((field << 3) | 2).fork();
  write(writer, message);
  writer.join();
}
