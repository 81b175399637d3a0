// WAV, SPHERE, AU and AIFF: every sample coding, odd headers, and headers that lie.

import { describe, expect, it } from "vitest";
import { readAudio } from "./read-audio.js";
import { ascii, join, wavFile, type WavFixture } from "./wav-fixture.js";
import { writeWav } from "./wav-write.js";

const pcm16 = (...values: number[]) => new Uint8Array(Int16Array.from(values).buffer);
const ramp = pcm16(...Array.from({ length: 1000 }, (_, i) => i * 30 - 15000));

async function valuesOf(file: Uint8Array): Promise<number[]> {
  return [...(await readAudio(file, { name: "x.wav" })).samples];
}

async function messageOf(file: Uint8Array): Promise<string> {
  return readAudio(file, { name: "x.wav" }).then(
    (audio) => `read ${audio.samples.length} samples`,
    (error: Error) => `${error.name}: ${error.message}`,
  );
}

describe("readAudio on WAV", () => {
  const codings: readonly (readonly [name: string, fixture: WavFixture, expected: readonly number[]])[] = [
    ["pcm_u8", { bits: 8, data: Uint8Array.of(0, 64, 128, 255) }, [-1, -0.5, 0, 127 / 128]],
    ["pcm_s16le", { data: pcm16(-32768, 0, 1, 32767) }, [-1, 0, 1 / 32768, 32767 / 32768]],
    ["pcm_s16le", { bits: 12, data: pcm16(-32768, 16384) }, [-1, 0.5]],
    ["pcm_s24le", { bits: 20, data: Uint8Array.of(0, 0, 0x80, 0, 0, 0x40) }, [-1, 0.5]],
    ["pcm_s24le", { bits: 24, data: Uint8Array.of(1, 0, 0, 0xff, 0xff, 0xff) }, [2 ** -23, -(2 ** -23)]],
    ["pcm_s24le", { bits: 24, extensible: true, data: Uint8Array.of(0, 0, 0xc0) }, [-0.5]],
    [
      "pcm_s32le",
      { bits: 32, data: new Uint8Array(Int32Array.of(-(2 ** 31), 2 ** 30, 256).buffer) },
      [-1, 0.5, 2 ** -23],
    ],
    [
      "pcm_s64le",
      { bits: 64, data: new Uint8Array(BigInt64Array.of(-(2n ** 63n), 2n ** 61n).buffer) },
      [-1, 0.25],
    ],
    [
      "pcm_f32le",
      { tag: 3, bits: 32, data: new Uint8Array(Float32Array.of(0.25, -1.5).buffer) },
      [0.25, -1.5],
    ],
    [
      "pcm_f32le",
      { tag: 3, bits: 32, extensible: true, data: new Uint8Array(Float32Array.of(0.125).buffer) },
      [0.125],
    ],
    [
      "pcm_f64le",
      { tag: 3, bits: 64, data: new Uint8Array(Float64Array.of(0.25, -1.5).buffer) },
      [0.25, -1.5],
    ],
    [
      "mu-law",
      { tag: 7, bits: 8, data: Uint8Array.of(0xff, 0x7f, 0x80, 0x00, 0xf0) },
      [0, 0, 32124, -32124, 120].map(to16),
    ],
    [
      "a-law",
      { tag: 6, bits: 8, data: Uint8Array.of(0xd5, 0x55, 0xaa, 0x2a, 0xc5) },
      [8, -8, 32256, -32256, 264].map(to16),
    ],
    ["pcm_s16be", { form: "RIFX", data: Uint8Array.of(0x80, 0, 0x40, 0) }, [-1, 0.5]],
    [
      "pcm_s24be",
      { form: "RIFX", bits: 24, data: Uint8Array.of(0xc0, 0, 0, 0x40, 0, 1) },
      [-0.5, 0.5 + 2 ** -23],
    ],
    ["pcm_f32be", { form: "RIFX", tag: 3, bits: 32, data: Uint8Array.of(0x3e, 0x80, 0, 0) }, [0.25]],
    ["pcm_s16le", { form: "RF64", data: pcm16(-16384, 8192) }, [-0.5, 0.25]],
  ];
  it.each(codings)("reads %s exactly", async (name, fixture, expected) => {
    const audio = await readAudio(wavFile(fixture));
    expect(audio.format).toBe(`wav ${name}`);
    expect([...audio.samples].map((value) => value + 0)).toEqual(expected.map(Math.fround)); // -0 + 0 is 0
  });

  it("averages channels, or takes one", async () => {
    const file = wavFile({ channels: 3, data: pcm16(3000, 6000, 9000, -3000, 0, 0) });
    const scaled = (...values: number[]) => values.map((value) => Math.fround(value / 32768));
    expect(await valuesOf(file)).toEqual(scaled(6000, -1000));
    expect([...(await readAudio(file, { channel: 2 })).samples]).toEqual(scaled(9000, 0));
    await expect(readAudio(file, { channel: 3, name: "x.wav" })).rejects.toThrow(
      'audio: "x.wav" has 3 channels; channel 3 was asked for; expected 0 to 2',
    );
    await expect(readAudio(file, { channel: -1 })).rejects.toThrow(
      "channel -1; expected a whole number from 0",
    );
  });

  it("passes over chunks around the samples, odd ones with and without their padding", async () => {
    const plain = await valuesOf(wavFile({ data: ramp }));
    const odd = ascii("odd");
    for (const pad of [true, false])
      expect(
        await valuesOf(
          wavFile({
            data: ramp,
            chunks: [
              { id: "LIST", body: odd, pad },
              { id: "fact", body: new Uint8Array(4) },
            ],
          }),
        ),
      ).toEqual(plain);
    expect(await valuesOf(wavFile({ data: ramp, tail: join([ascii("LIST"), new Uint8Array(30)]) }))).toEqual(
      plain,
    );
  });

  it("reads to the end where the writer did not know the size", async () => {
    const plain = await valuesOf(wavFile({ data: ramp }));
    for (const dataSize of [0, 0xffffffff, 0x7ffff000, 0x80000000, 0xffffffff - 36])
      expect(await valuesOf(wavFile({ data: ramp, dataSize })), `${dataSize}`).toEqual(plain);
    expect(await valuesOf(wavFile({ data: ramp, form: "RF64", longDataSize: 0n }))).toEqual(plain);
    expect(await valuesOf(wavFile({ data: ramp, form: "RF64", longDataSize: 2n ** 64n - 1n }))).toEqual(
      plain,
    );
  });

  it("reads a truncated file with a warning, dropping a partial frame", async () => {
    const file = wavFile({ data: ramp, channels: 2 }).subarray(0, 44 + 403);
    const warnings: string[] = [];
    const audio = await readAudio(file, { name: "x.wav", onWarning: (message) => warnings.push(message) });
    expect(audio.samples.length).toBe(100);
    expect(warnings).toEqual([
      'audio: "x.wav" has a header that announces 2000 bytes of samples (0.03 s), but holds 403 (0.01 s); read what is there',
    ]);
  });

  it("refuses a header that announces 10 GB without allocating them", async () => {
    const before = process.memoryUsage().arrayBuffers;
    expect(await messageOf(wavFile({ data: ramp, form: "RF64", longDataSize: 10n ** 10n }))).toMatch(
      /announces 10000000000 bytes of samples \(312500\.00 s\), but holds 2000 \(0\.06 s\); expected what the header says; copy the file again/,
    );
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24);
  });

  const whole = wavFile({ data: ramp });
  const set16 = (at: number, value: number) => {
    const copy = whole.slice();
    new DataView(copy.buffer).setUint16(at, value, true);
    return copy;
  };
  it.each([
    [
      "a header cut off",
      whole.subarray(0, 30),
      /whose format chunk has 10 of 16 bytes; expected a whole WAV header/,
    ],
    ["a header without samples", whole.subarray(0, 36), /ends after 36 bytes, before its samples/],
    [
      "samples without a format",
      join([whole.subarray(0, 12), whole.subarray(36)]),
      /without a format chunk before its samples/,
    ],
    ["0 samples", wavFile({ data: new Uint8Array(0) }), /holds 0 samples; expected sound/],
    [
      "0 samples and a tail",
      wavFile({ data: new Uint8Array(0), tail: join([ascii("LIST"), new Uint8Array(30)]) }),
      /holds 0 samples/,
    ],
    ["0 channels", set16(22, 0), /has 0 channels in its header; expected 1 to 256/],
    ["60000 channels", set16(22, 60000), /has 60000 channels in its header/],
    [
      "3-byte floats",
      wavFile({ tag: 3, bits: 24, data: ramp }),
      /has 3 bytes per float sample in its header; expected 4, 8/,
    ],
    ["0 Hz", wavFile({ sampleRate: 0, data: ramp }), /has a sample rate of 0 Hz; expected 1000 to 768000/],
    ["4 GHz", wavFile({ sampleRate: 4e9, data: ramp }), /has a sample rate of 4000000000 Hz/],
    [
      "a rate without common factors",
      wavFile({ sampleRate: 383999, data: ramp }),
      /383999 Hz, which shares too few factors/,
    ],
  ])("refuses %s", async (_, file, pattern) => {
    expect(await messageOf(file)).toMatch(pattern);
    expect(await messageOf(file)).toMatch(/^AudioError: audio: "x\.wav" [^\n]*$/);
  });

  it("says where a sample is not finite", async () => {
    const values = Float32Array.from({ length: 48000 }, (_, i) => (i === 36000 ? NaN : 0.1));
    const file = wavFile({ tag: 3, bits: 32, sampleRate: 48000, data: new Uint8Array(values.buffer) });
    await expect(readAudio(file, { name: "x.wav" })).rejects.toMatchObject({
      message:
        'audio: "x.wav" holds NaN at 0.7500 s (sample 36000); expected finite samples; repair or cut the recording',
      reason: "not-finite",
      seconds: 0.75,
    });
  });

  it("names the codec that needs ffmpeg when it may not run", async () => {
    await expect(readAudio(wavFile({ tag: 0x11, bits: 4, data: ramp }), { ffmpeg: false })).rejects.toThrow(
      "is wav IMA ADPCM, which only ffmpeg decodes here, and the option ffmpeg is false; install ffmpeg, or convert",
    );
  });
});

describe("writeWav", () => {
  it("writes what readAudio reads back to half a step", async () => {
    const samples = Float32Array.from({ length: 500 }, (_, i) => Math.sin(i / 7) * 0.99);
    const audio = await readAudio(writeWav(samples));
    expect(audio).toMatchObject({
      format: "wav pcm_s16le",
      sourceSampleRate: 16000,
      sourceChannels: 1,
      durationSeconds: 500 / 16000,
    });
    audio.samples.forEach((sample, i) =>
      expect(Math.abs(sample - samples[i]!)).toBeLessThanOrEqual(0.5 / 32768 + 1e-9),
    );
  });

  it("clips, and refuses NaN and rates that are none", async () => {
    expect(await valuesOf(writeWav(Float32Array.of(2, -2)))).toEqual([32767 / 32768, -1]);
    expect(() => writeWav(Float32Array.of(0, NaN))).toThrow("writeWav: sample 1 is NaN");
    expect(() => writeWav(new Float32Array(1), 0.5)).toThrow("writeWav: sampleRate is 0.5; expected Hz");
  });
});

describe("readAudio on the other plain formats", () => {
  const sphere = (fields: string, data: Uint8Array) =>
    join([ascii(`NIST_1A\n   1024\n${fields}\nend_head\n`.padEnd(1024)), data]);
  const rate = "sample_rate -i 16000\nchannel_count -i 1";

  it("reads NIST SPHERE in both byte orders and µ-law", async () => {
    const file = sphere(
      `${rate}\nsample_count -i 2\nsample_n_bytes -i 2\nsample_byte_format -s2 01\nsample_coding -s3 pcm`,
      pcm16(-32768, 16384),
    );
    expect((await readAudio(file)).format).toBe("sphere pcm_s16le");
    expect(await valuesOf(file)).toEqual([-1, 0.5]);
    expect(
      await valuesOf(
        sphere(`${rate}\nsample_n_bytes -i 2\nsample_byte_format -s2 10`, Uint8Array.of(0x40, 0)),
      ),
    ).toEqual([0.5]);
    expect(
      await valuesOf(sphere(`${rate}\nsample_n_bytes -i 1\nsample_coding -s4 ulaw`, Uint8Array.of(0x80))),
    ).toEqual([to16(32124)]);
  });

  it("refuses a SPHERE header without a rate, and its compressed kind", async () => {
    expect(await messageOf(sphere("channel_count -i 1", ramp))).toMatch(
      /is a NIST SPHERE file whose sample_rate is missing; expected a whole header/,
    );
    const shorten = sphere(`${rate}\nsample_coding -s26 pcm,embedded-shorten-v2.00`, ramp);
    await expect(readAudio(shorten, { ffmpeg: false })).rejects.toThrow(
      "is sphere pcm,embedded-shorten-v2.00, which only ffmpeg decodes",
    );
  });

  it("reads AU and AIFF", async () => {
    const words = (...values: number[]) => {
      const view = new DataView(new ArrayBuffer(values.length * 4));
      values.forEach((value, i) => view.setUint32(i * 4, value));
      return new Uint8Array(view.buffer);
    };
    const samples = Uint8Array.of(0x40, 0, 0x80, 0);
    expect(await valuesOf(join([ascii(".snd"), words(24, 0xffffffff, 3, 16000, 1), samples]))).toEqual([
      0.5, -1,
    ]);
    const comm = (coding: string) =>
      join([
        ascii("COMM"),
        words(18 + coding.length),
        Uint8Array.of(0, 1, 0, 0, 0, 2, 0, 16, 0x40, 0x0c, 0xfa, 0, 0, 0, 0, 0, 0, 0),
        ascii(coding),
      ]);
    const aiff = (kind: string, coding: string) =>
      join([ascii("FORM"), words(100), ascii(kind), comm(coding), ascii("SSND"), words(12, 0, 0), samples]);
    expect(await valuesOf(aiff("AIFF", ""))).toEqual([0.5, -1]);
    expect(await valuesOf(aiff("AIFC", "sowt"))).toEqual([to16(0x40), to16(0x80)]);
    expect(await messageOf(aiff("AIFF", "").subarray(0, 40))).toMatch(
      /is an AIFF file that ends in its header, after \d+ bytes/,
    );
  });
});

function to16(value: number): number {
  return value / 32768;
}
