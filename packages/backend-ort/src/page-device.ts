// What only pages have: a graphics device that can be lost, and threads that need the server's leave.
import { BackendError, DeviceLostError } from "./backend-error.js";
import type { OrtProvider, OrtRuntime } from "./ort-runtime.js";

/** Watches the device of a runtime. Runtimes that show none, as in Node, are never lost. */
export interface DeviceWatch {
  readonly isLost: boolean;
  /**
   * Does work on the device. Once the device is lost ONNX Runtime is not called again: it would wait for ever.
   * @throws DeviceLostError if it was lost before or is lost meanwhile
   */
  guard<T>(work: () => Promise<T>): Promise<T>;
}

/** The parts of WebGPU's device that are looked at: https://www.w3.org/TR/webgpu/#gpudevicelostinfo */
interface LosableDevice {
  readonly lost: Promise<{ readonly reason: string; readonly message: string }>;
}

export function watchDevice(ort: OrtRuntime, provider: OrtProvider): DeviceWatch {
  let error: DeviceLostError | undefined;
  let lost: Promise<never> | undefined;
  const watch = async () => {
    if (lost || provider !== "webgpu") return;
    const device = (await ort.env?.webgpu?.device) as LosableDevice | undefined; // a GPUDevice, whose types are not everywhere
    if (lost || !device) return;
    lost = device.lost.then(({ reason, message }) => {
      error = new DeviceLostError(provider, reason, message);
      throw error;
    });
    lost.catch(() => {}); // nobody may be waiting
  };
  return {
    get isLost() {
      return error !== undefined;
    },
    async guard(work) {
      if (error) throw error;
      const done = work();
      const result = await (lost ? Promise.race([done, lost]) : done);
      await watch(); // the first session makes the device
      return result;
    },
  };
}

/**
 * How many threads WASM has in this page, and why it has only one.
 *
 * @returns the number that ONNX Runtime takes unless it is told another, and what to do where it is 1 for lack of leave
 */
export function pageThreads(): { readonly threads: number; readonly note?: string } {
  if (globalThis.crossOriginIsolated)
    return { threads: Math.min(4, Math.ceil((navigator.hardwareConcurrency || 1) / 2)) };
  return {
    threads: 1,
    note: `one thread: this page is not cross-origin isolated; ${ISOLATE}`,
  };
}

const ISOLATE =
  "serve it with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp";

/**
 * Tells the runtime for pages how many threads to start; it listens only before its first session.
 *
 * @throws BackendError if the page may not have threads
 */
export function startThreads({ env }: OrtRuntime, provider: OrtProvider, threads: number | undefined): void {
  if (provider !== "wasm" || threads === undefined || !env?.wasm) return;
  if (threads > 1 && !globalThis.crossOriginIsolated)
    throw new BackendError(
      provider,
      `ort: ${threads} threads were asked for, but this page is not cross-origin isolated; ${ISOLATE}, or leave "threads" out`,
      undefined,
    );
  env.wasm.numThreads = threads;
}
