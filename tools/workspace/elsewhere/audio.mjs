// @wav2vec/audio, installed: reads a recording, every sample of it.
import assert from "node:assert/strict";
import { readAudio } from "@wav2vec/audio";

const { samples, sampleRate } = await readAudio(process.argv[2]);
assert.equal(sampleRate, 16000);
assert.equal(samples.length, Number(process.argv[3]));
assert.ok(samples.some((sample) => Math.abs(sample) > 0.1));
