import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import protobuf from "protobufjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openEventFile } from "./event-file.js";

/** TensorBoard's messages, as far as scalars need them. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message Value { string tag = 1; float simple_value = 2; }
  message Summary { repeated Value value = 1; }
  message SessionLog { int32 status = 1; }
  message Event { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5; SessionLog session_log = 7; }
`);
const Event = root.lookupType("Event");

/** CRC-32C bit by bit, from its polynomial; the writer uses a table of another author. */
function checksum(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

function masked(bytes: Uint8Array): number {
  const sum = BigInt(checksum(bytes));
  return Number(((((sum >> 15n) | (sum << 17n)) % 2n ** 32n) + 0xa282ead8n) % 2n ** 32n);
}

function recordsOf(bytes: Buffer): Record<string, unknown>[] {
  const records: Record<string, unknown>[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = Number(bytes.readBigUInt64LE(at));
    const data = bytes.subarray(at + 12, at + 12 + length);
    expect(bytes.readUInt32LE(at + 8)).toBe(masked(bytes.subarray(at, at + 8)));
    expect(bytes.readUInt32LE(at + 12 + length)).toBe(masked(data));
    records.push(Event.toObject(Event.decode(data), { longs: Number }));
    at += length + 16;
  }
  return records;
}

let folder = "";
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "events-"))));
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the event file", () => {
  it("holds framed events with the checksums, steps, tags and numbers that TensorBoard expects", async () => {
    expect(checksum(new TextEncoder().encode("123456789"))).toBe(0xe3069283); // the published check value
    const before = Date.now() / 1000;
    const file = await openEventFile(folder, 0);
    await file.write(10, { "train/loss": 0.5, "train/rate": 0.001 });
    await file.write(2 ** 33, { "dev/wer": -3 });
    await file.close();
    const records = recordsOf(await readFile(file.path));
    expect(records).toMatchObject([
      { fileVersion: "brain.Event:2" },
      { step: 10, summary: { value: [{ tag: "train/loss", simpleValue: 0.5 }, { tag: "train/rate", simpleValue: Math.fround(0.001) }] } }, // prettier-ignore
      { step: 2 ** 33, summary: { value: [{ tag: "dev/wer", simpleValue: -3 }] } },
    ]);
    expect(records[1]!["wallTime"]).toBeGreaterThanOrEqual(before);
    expect(records[1]!["wallTime"]).toBeLessThan(before + 60);
  });

  it("takes back the steps that a killed session did after its last checkpoint", async () => {
    const file = await openEventFile(folder, 20);
    await file.close();
    const records = recordsOf(await readFile(file.path));
    expect(records.slice(-1)).toMatchObject([{ step: 21, sessionLog: { status: 1 } }]);
  });
});
