// `--backend NAME` to a backend; the runtime is loaded only when one is asked for.
import { reference, type Backend } from "@wav2vec/core";
import { UsageError } from "./usage-error.js";

/** Names of the backends, as a user types them. */
export const backendNames = ["ort", "ort:cuda", "ort:webgpu", "reference"] as const;
export type BackendName = (typeof backendNames)[number];

/**
 * Loads a backend.
 *
 * @param threads CPU threads; undefined leaves it to the runtime
 * @throws Error that says what to install if its libraries are missing
 */
export async function loadBackend(name: BackendName, threads?: number): Promise<Backend> {
  if (name === "reference") {
    if (threads !== undefined)
      throw new UsageError("--threads: the reference backend has one thread; leave the option out");
    return reference;
  }
  const [{ ortBackend }, ort] = await Promise.all([
    import("@wav2vec/backend-ort"),
    import("onnxruntime-node"),
  ]);
  ort.env.logLevel = "fatal"; // what fails is thrown, and said once by us
  const provider = name === "ort" ? "cpu" : name === "ort:cuda" ? "cuda" : "webgpu";
  return ortBackend({ ort, provider, ...(threads !== undefined && { threads }) });
}
