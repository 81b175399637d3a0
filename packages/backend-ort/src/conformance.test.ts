import { testBackend } from "@wav2vec/testkit";
import * as ort from "onnxruntime-node";
import { ortBackend } from "./ort-backend.js";

testBackend("ort on the CPU", () => ortBackend({ ort, threads: 1 }));
