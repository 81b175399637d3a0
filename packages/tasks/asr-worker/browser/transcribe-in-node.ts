// Transcribes recordings in Node and prints what came out as JSON: what a page must give too.
import { createRecognizer } from "@wav2vec/asr";
import { ortBackend } from "@wav2vec/backend-ort";
import * as ort from "onnxruntime-node";

const [model, ...recordings] = process.argv.slice(2);
const recognizer = await createRecognizer({ model: model!, backend: ortBackend({ ort }) });
console.log(JSON.stringify(await recognizer.transcribe(recordings)));
recognizer.dispose();
