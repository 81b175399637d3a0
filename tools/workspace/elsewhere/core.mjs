// @wav2vec/core, installed: a small graph computes on the reference backend.
import assert from "node:assert/strict";
import { add, graph, input, mul, reference } from "@wav2vec/core";

const x = input("x", [3]);
const program = await reference.compile(graph({ y: add(mul(x, x), 1) }), new Map());
const { y } = await program.run({ x: reference.upload(Float32Array.of(1, 2, 3), [3]) });
assert.deepEqual([...(await reference.download(y))], [2, 5, 10]);
