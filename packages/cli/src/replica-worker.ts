// The file of a replica's thread; see commands/train.ts.
import { serveReplica } from "@wav2vec/training/node";
import { workerData } from "node:worker_threads";
import { loadBackend } from "./backend.js";

const { threads } = workerData as { readonly threads: number }; // from commands/train.ts
serveReplica(await loadBackend("ort", threads));
