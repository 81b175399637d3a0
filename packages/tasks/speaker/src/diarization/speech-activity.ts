// Where somebody speaks: stretches that are louder than the recording's own background.
import type { TimeSpan } from "@wav2vec/metrics";

/** When a sound counts as speech. */
export interface SpeechActivityOptions {
  /** Shorter pauses do not end a stretch. Default 0.3 s. */
  readonly shortestPause?: number;
  /** Shorter sounds are no speech. Default 0.2 s. */
  readonly shortestSpeech?: number;
}

const SAMPLE_RATE = 16_000;
const STEP = 160; // 10 ms
const WINDOW = 400; // 25 ms
/** What is never speech, however quiet the rest: about the noise of a 16-bit recording. */
const FLOOR_DB = -65;
/** Background and speech differ by at least this, or all that is above the floor is speech. */
const LEAST_RANGE_DB = 10;
/** Speech begins this far up from the background to the loud parts. */
const SHARE = 0.35;
/** Kept on both sides, for quiet beginnings and ends. */
const MARGIN_STEPS = 5;

/**
 * Finds speech by its loudness, in memory and time that grow with the length. Noise that comes and goes counts as
 * speech: give spans of your own, such as the words of a transcript, where that matters.
 *
 * @param samples 16 kHz mono
 * @returns stretches in seconds, in order; none in silence
 */
export function speechActivity(
  samples: Float32Array,
  { shortestPause = 0.3, shortestSpeech = 0.2 }: SpeechActivityOptions = {},
): TimeSpan[] {
  const levels = loudness(samples);
  const heard = levels.filter((level) => level > FLOOR_DB).sort();
  if (heard.length === 0) return [];
  const [quiet, loud] = [heard[Math.floor(heard.length * 0.1)]!, heard[Math.floor(heard.length * 0.95)]!];
  const threshold = loud - quiet < LEAST_RANGE_DB ? FLOOR_DB : quiet + SHARE * (loud - quiet);

  const steps = (seconds: number) => Math.round((seconds * SAMPLE_RATE) / STEP);
  const runs: { start: number; end: number }[] = [];
  levels.forEach((level, at) => {
    if (level <= threshold) return;
    const last = runs.at(-1);
    if (last && at - last.end < steps(shortestPause)) last.end = at + 1;
    else runs.push({ start: at, end: at + 1 });
  });
  const seconds = (step: number) => Math.min(samples.length, Math.max(0, step * STEP)) / SAMPLE_RATE;
  return runs
    .filter(({ start, end }) => end - start >= steps(shortestSpeech))
    .map(({ start, end }) => ({ start: seconds(start - MARGIN_STEPS), end: seconds(end + MARGIN_STEPS) }));
}

/** Decibels below full scale of each step. */
function loudness(samples: Float32Array): Float32Array {
  return Float32Array.from({ length: Math.ceil(samples.length / STEP) }, (_, i) => {
    let energy = 0;
    const end = Math.min(samples.length, i * STEP + WINDOW);
    for (let at = i * STEP; at < end; at++) energy += samples[at]! ** 2;
    return 10 * Math.log10(energy / (end - i * STEP) + 1e-12);
  });
}
