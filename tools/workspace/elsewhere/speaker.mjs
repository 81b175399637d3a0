// @wav2vec/speaker, installed: remembers a voice in a folder and knows it again.
import assert from "node:assert/strict";
import { identifySpeaker } from "@wav2vec/speaker";
import { openEnrolmentStore } from "@wav2vec/speaker/node";

const voice = (...values) => ({
  values: Float32Array.from(values),
  model: "none",
  fingerprint: "0".repeat(64),
});
const store = await openEnrolmentStore("voices", voice());
await store.enrol("anna", voice(1, 0));
await store.enrol("bert", voice(0, 1));
const known = await store.speakers();
assert.equal(identifySpeaker(voice(0.2, 0.9), known).speaker, "bert");
