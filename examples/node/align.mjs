// A text that is known, put on the times at which it is said, as subtitles: `node align.mjs`
import { createAligner } from "@wav2vec/align";
import { ortBackend } from "@wav2vec/backend-ort";
import { formats } from "@wav2vec/decoders";
import * as ort from "onnxruntime-node";
import { model, recording } from "./model.mjs";

const aligner = await createAligner({ model, backend: ortBackend({ ort }) });
const { segments } = await aligner.align(recording, "“Enter” 67!", { language: "en" });
console.log(formats.srt.render({ segments }));
aligner.dispose();
