// @wav2vec/intent, installed: finds a word with the model that the command's package brings, without native code.
import assert from "node:assert/strict";
import { reference } from "@wav2vec/core";
import { createKeywordSpotter } from "@wav2vec/intent";

const spotter = await createKeywordSpotter({
  model: "node_modules/wav2vec/models/en-tiny",
  backend: reference,
});
const last = process.argv[4].split(" ").at(-1);
const [hit, ...others] = await spotter.search(process.argv[2], [last]);
assert.equal(hit.keyword, last);
assert.ok(hit.end > hit.start && hit.confidence > 0.5);
assert.deepEqual(others, []);
spotter.dispose();
