// The whole conformance suite: every op and composite, models forward and backward, the life of tensors.
import { testBackend } from "@wav2vec/testkit";
import { plainBackend } from "./plain-backend.js";

testBackend("plain", plainBackend);
