// @wav2vec/asr, installed: reads a recording with the model that the command's package brings, without native code.
import assert from "node:assert/strict";
import { createRecognizer } from "@wav2vec/asr";
import { reference } from "@wav2vec/core";

const recognizer = await createRecognizer({
  model: "node_modules/wav2vec/models/en-tiny",
  backend: reference,
});
const { text, segments } = await recognizer.transcribe(process.argv[2]);
assert.equal(text, process.argv[4]);
assert.equal(segments.flatMap(({ words }) => words).length, text.split(" ").length);
recognizer.dispose();
