// Opens ONNX Runtime sessions with the settings that measured best, and explains providers that are not there.
import type { InferenceSession } from "onnxruntime-common";
import { BackendError } from "./backend-error.js";
import type { OrtProvider, OrtRuntime } from "./ort-runtime.js";
import { encodeModel } from "./onnx/encode.js";
import type { OnnxModel } from "./onnx/messages.js";
import type { StoredWeights } from "./stored-weights.js";

interface SessionSettings {
  readonly ort: OrtRuntime;
  readonly provider: OrtProvider;
  readonly threads?: number;
  readonly profilePrefix?: string;
  readonly packWeights?: boolean;
}

/** Where the weights of a model are, and its results shall be. */
interface Placement extends Partial<Pick<StoredWeights, "folder" | "externalData">> {
  /** Leaves float32 results in the GPU's memory, where there is one. */
  readonly keepOutputs?: boolean;
}

/** @throws BackendError if the provider cannot be started */
export async function createSession(
  model: OnnxModel,
  { folder, externalData = [], keepOutputs = false }: Placement,
  settings: SessionSettings,
): Promise<InferenceSession> {
  const { ort, provider, threads, profilePrefix, packWeights = false } = settings;
  const options: InferenceSession.SessionOptions = {
    executionProviders: [provider],
    graphOptimizationLevel: "all",
    enableMemPattern: false, // plans for one length at a time, in a second block of memory
    logSeverityLevel: 3,
    ...(threads !== undefined && { intraOpNumThreads: threads }),
    ...(keepOutputs && provider === "webgpu" && { preferredOutputLocation: outputLocations(model) }),
    ...(profilePrefix !== undefined && { enableProfiling: true, profileFilePrefix: profilePrefix }),
    ...(externalData.length > 0 && { externalData: [...externalData] }),
    extra: {
      session: {
        disable_prepacking: packWeights ? "0" : "1",
        // Threads that wait burn a core; this bridges the gap between two nodes, and no more.
        intra_op: { spin_duration_us: "50" },
        ...(folder !== undefined && { model_external_initializers_file_folder_path: folder }),
      },
    },
  };
  try {
    return await ort.InferenceSession.create(encodeModel(model), options);
  } catch (error) {
    throw explain(error, provider);
  }
}

/** WebGPU has no buffers of int64 and packs bools: results of other types than float32 go to the host. */
function outputLocations({ outputs }: OnnxModel): Record<string, "gpu-buffer" | "cpu"> {
  return Object.fromEntries(
    outputs.map(({ name, type }) => [name, type === "float32" ? "gpu-buffer" : "cpu"]),
  );
}

const ADVICE: { readonly [P in OrtProvider]: readonly [symptom: RegExp, advice: string] } = {
  cpu: [/^$/, ""],
  wasm: [/unsupported|not found|backend/i, 'use onnxruntime-web, or provider "cpu" in Node'],
  cuda: [
    /cuda|unsupported|shared library/i,
    "its libraries are not installed; set ONNXRUNTIME_NODE_INSTALL=cuda12, allow the install script of " +
      "onnxruntime-node and run `npm rebuild onnxruntime-node` (or `pnpm rebuild`); CUDA 12 and cuDNN 9 must be on the machine",
  ],
  webgpu: [
    /webgpu|adapter|dawn|unsupported/i,
    "document" in globalThis || "WorkerGlobalScope" in globalThis
      ? 'this browser has no graphics device for pages (see its page about:gpu); use provider "wasm"'
      : "no usable graphics driver; install one, or point VK_ICD_FILENAMES at a software driver such as SwiftShader",
  ],
};

function explain(error: unknown, provider: OrtProvider): Error {
  const message = error instanceof Error ? error.message : String(error);
  const [symptom, advice] = ADVICE[provider];
  if (advice === "" || !symptom.test(message)) return error instanceof Error ? error : new Error(message);
  return new BackendError(
    provider,
    `ort: provider "${provider}" did not start: ${advice} (${message})`,
    error,
  );
}
