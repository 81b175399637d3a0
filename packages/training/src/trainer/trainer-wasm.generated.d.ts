// Type of the module that build-wasm.mjs generates, so that types can be checked without building it.

/** The kernels of the trainer, base64 of a WebAssembly module with SIMD; imports `env.memory`. */
export declare const trainerWasm: string;
