// The public surface of @wav2vec/audio.

export { AudioError, type AudioErrorDetails, type AudioErrorReason } from "./audio-error.js";
export type { AudioSource } from "./audio-source.js";
export { readAudio, streamAudio, type Audio, type ReadAudioOptions } from "./read-audio.js";
export type { FilterName } from "./resample-kernel.js";
export { createResampler, resample, type ResampleOptions, type Resampler } from "./resample.js";
export { writeWav } from "./wav-write.js";
