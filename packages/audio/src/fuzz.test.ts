// Damaged bytes of every format give finite samples or an AudioError, soon, and nothing else.

import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AudioError } from "./audio-error.js";
import { flacFile } from "./flac-fixture.js";
import { readAudio } from "./read-audio.js";
import { hasFfmpeg } from "./shared-data.js";
import { ascii, join, wavFile } from "./wav-fixture.js";

const runs = 120;
const slowestMilliseconds = 4000; // ordinary is 1 to 30; a hang would end in the test's own limit
const integers = Array.from({ length: 1500 }, (_, i) => ((i * 7919) % 60000) - 30000);
const data = new Uint8Array(Int16Array.from(integers).buffer);

const seeds: Record<string, () => Uint8Array> = {
  wav: () => wavFile({ data, chunks: [{ id: "LIST", body: ascii("abc") }] }),
  "wav extensible": () => wavFile({ data, extensible: true, bits: 24, channels: 2, sampleRate: 44100 }),
  "wav rf64": () => wavFile({ data, form: "RF64" }),
  "wav rifx float": () => wavFile({ data, form: "RIFX", tag: 3, bits: 32 }),
  sphere: () =>
    join([
      ascii("NIST_1A\n   1024\nsample_rate -i 8000\nsample_n_bytes -i 2\nend_head\n".padEnd(1024)),
      data,
    ]),
  au: () =>
    join([
      ascii(".snd"),
      Uint8Array.of(0, 0, 0, 24, 255, 255, 255, 255, 0, 0, 0, 3, 0, 0, 62, 128, 0, 0, 0, 1),
      data,
    ]),
  flac: () => flacFile(integers),
  mp3: () => encoded(["-c:a", "libmp3lame", "-f", "mp3"]),
  "ogg opus": () => encoded(["-c:a", "libopus", "-f", "ogg"]),
  "ogg vorbis": () => encoded(["-c:a", "libvorbis", "-f", "ogg"]),
  "ogg flac": () => encoded(["-c:a", "flac", "-f", "ogg"]),
  "webm opus": () => encoded(["-c:a", "libopus", "-f", "webm"]),
  "mp4 flac": () =>
    encoded(["-c:a", "flac", "-strict", "-2", "-f", "mp4", "-movflags", "frag_keyframe+empty_moov"]),
  "mp4 aac": () => encoded(["-c:a", "aac", "-f", "mp4", "-movflags", "frag_keyframe+empty_moov"]),
};
const needEncoder = ["mp3", "ogg opus", "ogg vorbis", "ogg flac", "webm opus", "mp4 flac", "mp4 aac"];
const present = hasFfmpeg();

type Edit = typeof edit extends fc.Arbitrary<infer Value> ? Value : never;

/** One change to a file: overwrite, cut off, cut out, or repeat. */
const edit = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("set" as const),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      byte: fc.nat(255),
    }),
  },
  // Headers decide most, so the first bytes are hit as often as all others.
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("set" as const),
      at: fc.double({ min: 0, max: 0.03, noNaN: true }),
      byte: fc.constantFrom(0, 1, 127, 128, 255),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("end" as const),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom("drop" as const, "repeat" as const),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      count: fc.nat(64),
    }),
  },
);

describe("readAudio on damaged files", () => {
  it.skipIf(!present)("does not search for ever behind the end of a WebM stream", async () => {
    const junk = new Uint8Array(100);
    const whole = seeds["webm opus"]!();
    const warnings: string[] = [];
    const options = { name: "x.webm", onWarning: (message: string) => warnings.push(message) };
    const { samples } = await readAudio(join([whole, junk]), options);
    const expected = (await readAudio(whole)).samples;
    expect(samples.length).toBeGreaterThanOrEqual(expected.length - 320); // mediabunny may keep its last packet, 20 ms
    expect(samples.subarray(0, -70)).toEqual(expected.subarray(0, samples.length - 70)); // the resampler looks ahead
    expect(warnings).toEqual([
      'audio: "x.webm" is webm that breaks off: its elements lead nowhere; read what is there',
    ]);
  });

  const names = Object.keys(seeds).filter((name) => present || !needEncoder.includes(name));
  it.each(names)("reads or refuses damaged %s", { timeout: 120_000 }, async (name) => {
    const whole = seeds[name]!();
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 8 }), async (edits) => {
        const started = performance.now();
        try {
          const { samples } = await readAudio(edits.reduce(applied, whole), { ffmpeg: false });
          expect(samples.every(Number.isFinite)).toBe(true);
        } catch (error) {
          if (!(error instanceof AudioError)) throw error;
          expect(error.message).not.toContain("\n");
        }
        expect(performance.now() - started).toBeLessThan(slowestMilliseconds);
      }),
      { numRuns: runs, seed: 20 },
    );
  });
});

function applied(bytes: Uint8Array, change: Edit): Uint8Array {
  const at = Math.min(bytes.length - 1, Math.floor(change.at * bytes.length));
  if (bytes.length === 0) return bytes;
  if (change.kind === "set") return Uint8Array.from(bytes, (byte, i) => (i === at ? change.byte : byte));
  if (change.kind === "end") return bytes.slice(0, at);
  return join([
    bytes.slice(0, at),
    bytes.slice(at + (change.kind === "drop" ? change.count : -Math.min(at, change.count))),
  ]);
}

function encoded(output: readonly string[]): Uint8Array {
  const options = ["-v", "error", "-i", "pipe:0", "-fflags", "+bitexact", ...output, "pipe:1"];
  return new Uint8Array(
    execFileSync("ffmpeg", options, { input: wavFile({ data, sampleRate: 16000 }), maxBuffer: 2 ** 26 }),
  );
}
