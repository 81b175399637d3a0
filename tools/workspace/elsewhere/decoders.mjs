// @wav2vec/decoders, installed: measures an error rate and aligns, which needs its compiled kernel.
import assert from "node:assert/strict";
import { createAligner, wordErrorRate } from "@wav2vec/decoders";

assert.equal(wordErrorRate([{ reference: "ONE TWO THREE FOUR", hypothesis: "ONE TWO FREE FOUR" }]), 0.25);

const sure = [0, 1, 0, 2].flatMap((best) => [0, 1, 2].map((symbol) => Math.log(symbol === best ? 0.8 : 0.1)));
const logProbs = { data: Float32Array.from(sure), frames: 4, symbols: 3 };
assert.deepEqual([...createAligner().align(logProbs, [1, 2]).path], [-1, 0, -1, 1]);
