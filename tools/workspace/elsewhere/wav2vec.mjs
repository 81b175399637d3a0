// wav2vec, installed: the command writes down what is said in a recording, in Node with ONNX Runtime.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";

const printed = execFileSync("node_modules/.bin/wav2vec", ["transcribe", process.argv[2]], {
  encoding: "utf8",
});
assert.equal(printed, `${process.argv[4]}\n`);
