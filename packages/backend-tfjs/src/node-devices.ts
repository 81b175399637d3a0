// The devices that the tests run on in Node.
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";

export const nodeDevices = ["cpu", "wasm"] as const;
export { tf };
