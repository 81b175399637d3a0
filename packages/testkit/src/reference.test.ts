import { reference } from "@wav2vec/core";
import { testBackend } from "./test-backend.js";

testBackend("reference", () => reference);
