// readAudio and streamAudio: every kind of source, blocks that join to the whole, and what is refused.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AudioError } from "./audio-error.js";
import { flacFile } from "./flac-fixture.js";
import { readAudio, streamAudio, type ReadAudioOptions } from "./read-audio.js";
import { concatSamples, resample } from "./resample.js";
import { ascii, join, wavFile } from "./wav-fixture.js";
import { writeWav } from "./wav-write.js";

const tone = Float32Array.from({ length: 44100 }, (_, i) => Math.round(Math.sin(i / 20) * 20000) / 32768);
const toneFile = writeWav(tone, 44100);
const integers = Array.from({ length: 3000 }, (_, i) => ((i * 7919) % 60000) - 30000);

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(joinPath(tmpdir(), "read-audio-"))));
afterAll(() => rm(folder, { recursive: true }));

describe("readAudio", () => {
  it("reads paths, bytes, blobs and streams alike", async () => {
    const path = joinPath(folder, "tone.mp3"); // the name lies: content decides
    await writeFile(path, toneFile);
    const expected = resample(tone, { fromRate: 44100 });
    const sources = [
      path,
      toneFile,
      Buffer.from(toneFile),
      toneFile.buffer,
      new Blob([toneFile]),
      new File([toneFile], "tone.wav"),
      new Blob([toneFile]).stream(),
      Readable.from(chunksOf(toneFile, 1000)),
      chunksOf(toneFile, 7),
    ];
    for (const source of sources) {
      const audio = await readAudio(source);
      expect(audio.samples).toEqual(expected);
      expect(audio).toMatchObject({
        sampleRate: 16000,
        durationSeconds: 1,
        sourceSampleRate: 44100,
        sourceChannels: 1,
        format: "wav pcm_s16le",
      });
    }
  });

  it("reads FLAC to the integer, however it is cut", async () => {
    const expected = Float32Array.from(integers, (value) => value / 32768);
    const file = flacFile(integers);
    for (const length of [1, 13, 1024, file.length])
      expect((await readAudio(chunksOf(file, length))).samples).toEqual(expected);
    expect((await readAudio(join([file, ascii("TAG junk after the last frame")]))).samples).toEqual(expected);
  });

  it("leaves a damaged FLAC frame out, and says so", async () => {
    const file = flacFile(integers);
    const frameBytes = 256 * 2 + 11;
    file[42 + 3 * frameBytes + 100]! ^= 0xff;
    const warnings: string[] = [];
    const { samples } = await readAudio(file, {
      name: "x.flac",
      onWarning: (message) => warnings.push(message),
    });
    expect(samples.length).toBe(integers.length - 256);
    expect(warnings).toEqual(['audio: "x.flac" has damaged frames (1); read the rest']);
    await expect(readAudio(file.map((byte, i) => (i > 600 && i % 100 === 0 ? ~byte : byte)))).rejects.toThrow(
      /is FLAC of which 256 of 3000 samples decode; expected whole frames/,
    );
  });

  it("skips ID3 tags, even long ones", async () => {
    const tag = join([ascii("ID3"), Uint8Array.of(4, 0, 0, 0, 8, 0, 0), new Uint8Array(8 * 2 ** 14)]);
    expect((await readAudio(join([tag, tag, flacFile(integers)]))).samples.length).toBe(integers.length);
  });

  const refused: readonly (readonly [
    name: string,
    source: Uint8Array | string,
    reason: string,
    text: RegExp,
  ])[] = [
    [
      "an empty file",
      new Uint8Array(0),
      "empty",
      /is empty \(0 bytes\); expected audio; check how it was made/,
    ],
    [
      "text",
      ascii("Dear diary,\ntoday"),
      "unknown-format",
      /is a text file that begins "Dear diary, today"; expected WAV, FLAC/,
    ],
    [
      "an image",
      Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10),
      "unknown-format",
      /is a PNG image; expected WAV/,
    ],
    [
      "noise",
      Uint8Array.of(1, 2, 3, 250),
      "unknown-format",
      /is data that begins 01 02 03 fa, or samples without a header/,
    ],
    [
      "a missing file",
      "/no/such.wav",
      "unreadable",
      /^audio: "\/no\/such\.wav" does not exist; check the path$/,
    ],
    ["a folder", tmpdir(), "unreadable", /is a folder; expected an audio file; name the files in it/],
    ["a FLAC header alone", flacFile([]), "empty", /holds 0 samples/],
    [
      "an Ogg page of nothing",
      join([ascii("OggS"), new Uint8Array(60)]),
      "damaged",
      /is an Ogg file without an audio stream/,
    ],
    [
      "an MP4 of nothing",
      join([Uint8Array.of(0, 0, 0, 16), ascii("ftypM4A "), new Uint8Array(4)]),
      "damaged",
      /is mp4/,
    ],
  ];
  it.each(refused)("refuses %s in one line", async (_, source, reason, text) => {
    const error: unknown = await readAudio(source).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AudioError);
    expect(error).toMatchObject({ name: "AudioError", reason });
    expect((error as AudioError).message).toMatch(text);
    expect((error as AudioError).message).not.toContain("\n");
  });

  it("refuses sources, options and chunks of the wrong kind", async () => {
    await expect(readAudio(42 as unknown as string)).rejects.toThrow(
      "is number; expected a path, Uint8Array, ArrayBuffer, Blob or stream",
    );
    await expect(readAudio(toneFile, { filter: "cubic" } as unknown as ReadAudioOptions)).rejects.toThrow(
      'filter "cubic"; expected one of sharp',
    );
    await expect(
      readAudio(Readable.from(["text"]) as AsyncIterable<Uint8Array>, { name: "stdin" }),
    ).rejects.toThrow('audio: "stdin" gave a chunk of type string; expected bytes (Uint8Array)');
  });

  it("reports a stream that breaks, by its name", async () => {
    async function* broken() {
      yield toneFile.subarray(0, 5000);
      throw new Error("connection\nreset");
    }
    await expect(readAudio(broken(), { name: "stdin" })).rejects.toThrow(
      'audio: "stdin" could not be read to its end: connection reset; check the file or connection and try again',
    );
  });

  it("says which program is missing where only that program can decode", async () => {
    const amr = join([ascii("#!AMR\n"), new Uint8Array(100)]);
    await expect(readAudio(amr, { ffmpeg: "no-such-ffmpeg" })).rejects.toThrow(
      /is AMR, which only ffmpeg decodes here, and "no-such-ffmpeg" is not on PATH; install ffmpeg, or convert the file to WAV, FLAC/,
    );
  });
});

describe("streamAudio", () => {
  it("gives blocks that join to what readAudio gives", async () => {
    const file = wavFile({
      sampleRate: 48000,
      channels: 2,
      data: new Uint8Array(Int16Array.from({ length: 400000 }, (_, i) => (i * 37) % 5000).buffer),
    });
    const blocks: Float32Array[] = [];
    for await (const block of streamAudio(chunksOf(file, 60000))) blocks.push(block);
    expect(blocks.length).toBeGreaterThan(2);
    expect(concatSamples(blocks)).toEqual((await readAudio(file)).samples);
  });

  it("gives the first block before the stream has ended", async () => {
    let hasEnded = false;
    async function* endless() {
      yield wavFile({ data: new Uint8Array(0), dataSize: 0xffffffff });
      for (let i = 0; i < 1000; i++) yield new Uint8Array(100000);
      hasEnded = true;
    }
    for await (const block of streamAudio(endless())) {
      expect(block.length).toBeGreaterThan(0);
      break;
    }
    expect(hasEnded).toBe(false);
  });

  it("closes its source when the caller stops", async () => {
    let isClosed = false;
    async function* source() {
      try {
        for (;;) yield* chunksOf(toneFile, 2000);
      } finally {
        isClosed = true;
      }
    }
    for await (const block of streamAudio(source())) if (block.length > 0) break;
    expect(isClosed).toBe(true);
  });

  it("stops on abort, even while the source hangs", async () => {
    const controller = new AbortController();
    async function* hanging() {
      yield toneFile.subarray(0, 3000);
      await new Promise(() => undefined);
    }
    const reading = readAudio(
      { [Symbol.asyncIterator]: () => ({ next: hanging().next.bind(hanging()) }) },
      { signal: controller.signal },
    );
    setTimeout(() => controller.abort(new Error("enough")), 20);
    await expect(reading).rejects.toThrow("enough");
  });
});

async function* chunksOf(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += length) yield bytes.subarray(start, start + length);
}
