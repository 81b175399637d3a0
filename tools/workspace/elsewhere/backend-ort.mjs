// @wav2vec/backend-ort, installed: the same small graph computes in ONNX Runtime.
import assert from "node:assert/strict";
import { ortBackend } from "@wav2vec/backend-ort";
import { add, graph, input, mul } from "@wav2vec/core";
import * as ort from "onnxruntime-node";

const backend = ortBackend({ ort });
const x = input("x", [3]);
const program = await backend.compile(graph({ y: add(mul(x, x), 1) }), new Map());
const { y } = await program.run({ x: backend.upload(Float32Array.of(1, 2, 3), [3]) });
assert.deepEqual([...(await backend.download(y))], [2, 5, 10]);
