// Text and the times of its words: `node transcribe.mjs`
import { createRecognizer } from "@wav2vec/asr";
import { ortBackend } from "@wav2vec/backend-ort";
import * as ort from "onnxruntime-node";
import { model, recording } from "./model.mjs";

const recognizer = await createRecognizer({ model, backend: ortBackend({ ort }) });
const { text, segments } = await recognizer.transcribe(recording);
console.log(text);
for (const { words } of segments)
  for (const { text, start, end } of words) console.log(`${start.toFixed(2)} ${end.toFixed(2)} ${text}`);
recognizer.dispose();
