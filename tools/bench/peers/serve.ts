// The child's half of the protocol: turns a contender into a process that answers requests.
import { readFileSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Contender, LoadRequest, Reply, TranscribeRequest } from "./protocol.js";

/** Answers requests until stdin closes; times exclude the reading of clips. */
export async function serve(contender: Contender): Promise<void> {
  let clips: readonly Float32Array[] = [];
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line) as LoadRequest | TranscribeRequest; // our own parent wrote it
    if ("load" in request) clips = request.load.clips.map(readSamples);
    const start = performance.now();
    const texts =
      "load" in request ? (await contender.load(request.load), []) : await contender.transcribe(clips);
    const reply: Reply = { seconds: (performance.now() - start) / 1000, texts };
    writeSync(3, `${JSON.stringify(reply)}\n`);
  }
}

function readSamples(path: string): Float32Array {
  const bytes = readFileSync(path);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
