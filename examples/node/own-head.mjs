// A head of one's own on the encoder's states: the mean over time, and how alike recordings are: `node own-head.mjs`
import { fileURLToPath } from "node:url";
import { ortBackend } from "@wav2vec/backend-ort";
import { defineHead, maskedMean } from "@wav2vec/core";
import { openHead } from "@wav2vec/heads";
import * as ort from "onnxruntime-node";
import { model } from "./model.mjs";

const mean = defineHead((features) => ({ embedding: maskedMean(features.last, features.frameCounts) }));
const opened = await openHead({ model, backend: ortBackend({ ort }), head: () => mean });
const names = ["command", "digits", "spelled"];
const files = names.map((name) => fileURLToPath(new URL(`../audio/${name}.wav`, import.meta.url)));
const embeddings = (await opened.run(files)).map(({ embedding }) => embedding.data);
const dot = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0);
const cosine = (a, b) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
for (const [i, name] of names.entries())
  console.log(name, ...embeddings.map((other) => cosine(embeddings[i], other).toFixed(3)));
opened.dispose();
