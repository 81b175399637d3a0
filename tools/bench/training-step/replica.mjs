// The file of a replica's thread; see contender-ours.ts.
import { ortBackend } from "@wav2vec/backend-ort";
import { serveReplica } from "@wav2vec/training/node";
import { workerData } from "node:worker_threads";
import * as ort from "onnxruntime-node";

serveReplica(ortBackend({ ort, threads: workerData.threads }));
