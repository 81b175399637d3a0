import { testBackend } from "@wav2vec/testkit";
import { beforeAll } from "vitest";
import { nodeDevices, tf } from "./node-devices.js";
import { tfjsBackend } from "./tfjs-backend.js";

beforeAll(() => Promise.all(nodeDevices.map((device) => tf.setBackend(device)))); // wasm starts asynchronously

for (const device of nodeDevices)
  testBackend(`tfjs on ${device}`, () => tfjsBackend({ tf, device }), {
    memory: { bytes: () => tf.memory().numBytes },
  });
