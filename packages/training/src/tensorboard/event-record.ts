// One event as TensorBoard reads it: a protobuf message in a TFRecord. Field numbers are those of
// https://github.com/tensorflow/tensorflow/blob/v2.18.0/tensorflow/core/util/event.proto and framework/summary.proto
import { createRequire } from "node:module";
import protobuf from "protobufjs/minimal.js";

const require = createRequire(import.meta.url);
/** CRC-32C (Castagnoli) as a signed 32-bit number. */
const crc32c = require("crc-32/crc32c.js") as { buf(bytes: Uint8Array): number }; // the package has types for its main file only

/** What an event says. */
export type EventContent =
  /** First in a file. */
  | { readonly fileVersion: "brain.Event:2" }
  /** A run goes on at this step: later steps of earlier files are not part of it any more. */
  | { readonly session: "start" }
  /** By tag, such as `train/loss`. */
  | { readonly scalars: Readonly<Record<string, number>> };

const SESSION_START = 1;

/**
 * The record's bytes.
 *
 * @param wallTime seconds since 1970
 * @param step updates done
 */
export function eventRecord(wallTime: number, step: number, content: EventContent): Uint8Array {
  const writer = protobuf.Writer.create();
  writer.uint32(tag(1, DOUBLE)).double(wallTime);
  writer.uint32(tag(2, VARINT)).int64(step);
  if ("fileVersion" in content) writer.uint32(tag(3, BYTES)).string(content.fileVersion);
  else if ("session" in content)
    writer.uint32(tag(7, BYTES)).fork().uint32(tag(1, VARINT)).int32(SESSION_START).ldelim();
  else {
    writer.uint32(tag(5, BYTES)).fork();
    for (const [name, value] of Object.entries(content.scalars)) {
      writer.uint32(tag(1, BYTES)).fork();
      writer.uint32(tag(1, BYTES)).string(name);
      writer.uint32(tag(2, FLOAT)).float(value);
      writer.ldelim();
    }
    writer.ldelim();
  }
  return framed(writer.finish());
}

/** Wire types of protobuf. */
const [VARINT, DOUBLE, BYTES, FLOAT] = [0, 1, 2, 5] as const;
const tag = (field: number, type: number) => (field << 3) | type;

/** uint64 length, its checksum, the data, its checksum. @see tensorflow/core/lib/io/record_writer.h */
function framed(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(data.length + 16);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedChecksum(record.subarray(0, 8)), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, maskedChecksum(data), true);
  return record;
}

/** Masked, because a checksum of data that holds checksums is weak. @see tensorflow/core/lib/hash/crc32c.h */
function maskedChecksum(bytes: Uint8Array): number {
  const sum = crc32c.buf(bytes);
  return (((sum >>> 15) | (sum << 17)) + 0xa282ead8) >>> 0;
}
