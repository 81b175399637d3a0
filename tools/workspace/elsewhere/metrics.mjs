// @wav2vec/metrics, installed: measures a diarization, which needs its assignment library, and an error rate.
import assert from "node:assert/strict";
import { diarizationErrors, equalErrorRate } from "@wav2vec/metrics";

const turns = (a, b) => [
  { start: 0, end: 6, speaker: a },
  { start: 6, end: 10, speaker: b },
];
assert.equal(diarizationErrors(turns("anna", "bert"), turns("2", "1")).rate, 0);
const trials = [0.1, 0.4, 0.6, 0.9].map((score) => ({ score, target: score > 0.5 }));
assert.equal(equalErrorRate(trials).rate, 0);
