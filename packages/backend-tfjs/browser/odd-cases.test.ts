import { describe, it } from "vitest";
import { expectAgreement } from "../parity/agrees.js";
import { oddCases } from "../parity/odd-cases.js";
import { tfjsBackend } from "../src/index.js";
import { pageDevices, tf } from "./devices.js";

/** Division and square root of GPUs are off by a few units in the last place. */
const TOLERANCE = 2e-6;

describe.each(pageDevices)("tfjs on %s", (device) => {
  it.each(oddCases)("$name", async (row) => {
    await tf.setBackend(device);
    await expectAgreement(tfjsBackend({ tf, device }), row, TOLERANCE);
  });
});
