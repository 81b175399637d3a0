// What ONNX Runtime holds in a page, seen from outside: its WASM memory, and GPU buffers that somebody can still reach.

let gpuBytes = 0;
const wasmMemories: WebAssembly.Memory[] = [];

/** Bytes of all WASM memory; it grows and never shrinks, so a leak shows as growth. */
export const wasmBytes = () => wasmMemories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);

/** Bytes of all GPU buffers that are neither destroyed nor garbage. Needs Chromium's `--js-flags=--expose-gc`. */
export async function gpuBufferBytes(): Promise<number> {
  const { gc } = globalThis as { gc?: () => void }; // only with the flag
  if (!gc) throw new Error("gpuBufferBytes: gc is missing; start Chromium with --js-flags=--expose-gc");
  gc();
  await new Promise((resolve) => setTimeout(resolve, 100)); // finalisers run in a task of their own
  return gpuBytes;
}

/** Starts counting; before the runtime is imported. */
export function watchMemory(): void {
  WebAssembly.Memory = new Proxy(WebAssembly.Memory, {
    construct(target, args: [WebAssembly.MemoryDescriptor]) {
      const memory = new target(...args);
      wasmMemories.push(memory);
      return memory;
    },
  });
  const forget = (buffer: { bytes: number }) => {
    gpuBytes -= buffer.bytes;
    buffer.bytes = 0;
  };
  const garbage = new FinalizationRegistry(forget);
  const { createBuffer } = GPUDevice.prototype;
  GPUDevice.prototype.createBuffer = function (descriptor) {
    const buffer = createBuffer.call(this, descriptor);
    const held = { bytes: buffer.size };
    gpuBytes += held.bytes;
    garbage.register(buffer, held);
    const destroy = buffer.destroy.bind(buffer);
    buffer.destroy = () => {
      forget(held);
      return destroy();
    };
    return buffer;
  };
}
