// @wav2vec/checkpoints, installed: opens the model that the command's package brings.
import assert from "node:assert/strict";
import { openCheckpoint } from "@wav2vec/checkpoints";

const checkpoint = await openCheckpoint("node_modules/wav2vec/models/en-tiny");
assert.equal(checkpoint.config.hidden_size, 256);
const bias = await checkpoint.weights.get("lm_head.bias").read();
assert.equal(bias.length, 32);
await checkpoint.close();
