import { expect, it, describe } from "vitest";
import { expectAgreement } from "../parity/agrees.js";
import { nanCases, oddCases } from "../parity/odd-cases.js";
import { nodeDevices, tf } from "./node-devices.js";
import { tfjsBackend } from "./tfjs-backend.js";

/** Float32 rounding of sums that are added in a balanced order. */
const TOLERANCE = 1e-6;

describe.each(nodeDevices)("tfjs on %s", (device) => {
  it.each([...oddCases, ...nanCases])("$name", async (row) => {
    await tf.setBackend(device);
    const before = tf.memory().numTensors;
    await expectAgreement(tfjsBackend({ tf, device }), row, TOLERANCE);
    expect(tf.memory().numTensors).toBe(before);
  });
});
