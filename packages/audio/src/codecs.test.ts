// Compressed formats against ffmpeg: the same number of samples, and the same samples.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readAudio } from "./read-audio.js";
import { resample } from "./resample.js";
import { hasFfmpeg } from "./shared-data.js";
import { wavFile } from "./wav-fixture.js";

const present = hasFfmpeg();
/** Decoders agree to float32 rounding; resampling spreads it. */
const float32Tolerance = 3e-6;
/**
 * Opus is decoded at 16 kHz here and at 48 kHz by ffmpeg; the codec's speech layer is then up to 1.5 samples earlier or
 * later, depending on its mode. That moves a tone of 730 Hz by a quarter of its height; a packet more or less would
 * leave nothing alike.
 */
const opusTolerance = 0.1;
/** ffmpeg decodes layer 2 in fixed point. */
const mp2Tolerance = 3e-5;

interface Codec {
  readonly file: string;
  readonly format: string;
  readonly encode: readonly string[];
  /** Hz that ffmpeg resamples to; else it stays at the file's own and we resample. */
  readonly rate?: number;
  readonly tolerance?: number;
  /** Samples more than ffmpeg at the end: WebM names the padding of its last packet where mediabunny does not look. */
  readonly surplus?: number;
}

const codecs: readonly Codec[] = [
  { file: "a16.flac", format: "flac", encode: ["-c:a", "flac", "-sample_fmt", "s16"] },
  { file: "a24.flac", format: "flac", encode: ["-c:a", "flac", "-sample_fmt", "s32"] },
  { file: "a.oga", format: "ogg flac", encode: ["-c:a", "flac", "-sample_fmt", "s16", "-f", "ogg"] },
  { file: "flac.mka", format: "webm flac", encode: ["-c:a", "flac", "-sample_fmt", "s16"] },
  { file: "pcm.mov", format: "mp4 pcm-s16", encode: ["-c:a", "pcm_s16le"] },
  { file: "cbr.mp3", format: "mp3", encode: ["-c:a", "libmp3lame", "-b:a", "96k"] },
  { file: "vbr.mp3", format: "mp3", encode: ["-c:a", "libmp3lame", "-q:a", "4", "-ar", "24000"] },
  { file: "a.mp2", format: "mp2", encode: ["-c:a", "mp2"], tolerance: mp2Tolerance },
  {
    file: "a.opus",
    format: "ogg opus",
    encode: ["-c:a", "libopus", "-b:a", "48k"],
    rate: 16000,
    tolerance: opusTolerance,
  },
  {
    file: "a.webm",
    format: "webm opus",
    encode: ["-c:a", "libopus", "-b:a", "64k"],
    rate: 16000,
    tolerance: opusTolerance,
    surplus: 320,
  },
  { file: "a.ogg", format: "ogg vorbis", encode: ["-c:a", "libvorbis", "-q:a", "3"] },
  { file: "a.m4a", format: "mp4 aac (ffmpeg)", encode: ["-c:a", "aac", "-b:a", "96k"] },
  { file: "a.aac", format: "aac aac (ffmpeg)", encode: ["-c:a", "aac", "-b:a", "96k"] },
  { file: "alac.m4a", format: "mp4 alac (ffmpeg)", encode: ["-c:a", "alac"] },
  { file: "alaw.wav", format: "wav a-law", encode: ["-c:a", "pcm_alaw"] },
  { file: "mulaw.au", format: "au mu-law", encode: ["-c:a", "pcm_mulaw"] },
  { file: "a.aiff", format: "aiff pcm_s24be", encode: ["-c:a", "pcm_s24be"] },
  { file: "adpcm.wav", format: "wav IMA ADPCM (ffmpeg)", encode: ["-c:a", "adpcm_ima_wav"] },
];

describe.skipIf(!present)(
  present ? "readAudio against ffmpeg" : "readAudio against ffmpeg (skipped: no ffmpeg on PATH)",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "codecs-"));
    afterAll(() => rmSync(folder, { recursive: true }));
    beforeAll(() => {
      // Stereo, 1.3 s, a sweep in one channel and a chord in the other: every coder has something to do, none clips.
      const frames = 44100 * 1.3;
      const data = Int16Array.from({ length: frames * 2 }, (_, i) => {
        const t = (i >> 1) / 44100;
        const value =
          i % 2 === 0
            ? Math.sin(2 * Math.PI * (100 + 1500 * t) * t)
            : Math.sin(1380 * t) / 2 + Math.sin(9000 * t) / 4;
        return Math.round(12000 * value);
      });
      ffmpeg(
        ["-i", "pipe:0"],
        codecs.flatMap(({ file, encode }) => [...encode, join(folder, file)]),
        wavFile({ sampleRate: 44100, channels: 2, data: new Uint8Array(data.buffer) }),
      );
    });

    it.each(codecs)(
      "decodes $file like ffmpeg",
      async ({ file, format, rate, tolerance = float32Tolerance, surplus = 0 }) => {
        const path = join(folder, file);
        const audio = await readAudio(path);
        expect(audio).toMatchObject({ format, sourceChannels: 2 });
        const pcm = ffmpeg(
          ["-i", path],
          [...(rate ? ["-ar", String(rate)] : []), "-f", "f32le", "-c:a", "pcm_f32le", "pipe:1"],
        );
        const stereo = new Float32Array(new Uint8Array(pcm).buffer);
        const mono = Float32Array.from(
          { length: stereo.length / 2 },
          (_, i) => (stereo[2 * i]! + stereo[2 * i + 1]!) / 2,
        );
        const expected = resample(mono, { fromRate: audio.sourceSampleRate });
        expect(audio.samples.length).toBeGreaterThanOrEqual(expected.length);
        expect(audio.samples.length).toBeLessThanOrEqual(expected.length + surplus);
        const certain = surplus > 0 ? expected.slice(0, -70) : expected; // the resampler looks 70 samples ahead
        const difference = certain.reduce(
          (most, value, i) => Math.max(most, Math.abs(value - audio.samples[i]!)),
          0,
        );
        expect(difference).toBeLessThan(tolerance);
        expect(Math.max(...expected)).toBeGreaterThan(0.2);
      },
    );

    it.each(["a.m4a", "adpcm.wav", "a.opus"])("decodes %s from a stream as from its path", async (file) => {
      const bytes = readFileSync(join(folder, file));
      const expected = await readAudio(join(folder, file));
      expect((await readAudio(new Blob([bytes]).stream())).samples).toEqual(expected.samples);
      expect((await readAudio(bytes)).samples).toEqual(expected.samples);
    });

    it("reads chained Ogg streams one after another", async () => {
      for (const file of ["a.opus", "a.ogg", "a.oga"]) {
        const bytes = readFileSync(join(folder, file));
        const once = await readAudio(bytes);
        const twice = await readAudio(Buffer.concat([bytes, bytes]));
        expect(Math.abs(twice.samples.length - 2 * once.samples.length), file).toBeLessThanOrEqual(1);
      }
    });
  },
);

function ffmpeg(input: readonly string[], output: readonly string[], bytes?: Uint8Array): Buffer {
  return execFileSync("ffmpeg", ["-v", "error", "-y", ...input, ...output], {
    input: bytes,
    maxBuffer: 2 ** 28,
  });
}
