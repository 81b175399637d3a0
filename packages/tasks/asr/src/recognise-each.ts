// The work of a recogniser: windows of many recordings in batches by length, answers in order.
import { AudioError } from "@wav2vec/audio";
import type { Emissions } from "@wav2vec/decoders";
import type { LanguageChoice } from "./language-choice.js";
import type { Outcome, WorkOptions } from "./recognizer.js";
import type { Transcriber } from "./transcribers.js";
import { windowsOf, type Window } from "./windows.js";

/** One recording to work on: its samples in blocks, and what to call it in errors. */
export interface Source {
  readonly name: string;
  readonly blocks: AsyncIterable<Float32Array> | Iterable<Float32Array>;
}

/** What gives the emissions of windows; any `AcousticModel` is one. */
export interface Listener {
  /** Samples from one frame to the next. */
  readonly samplesPerFrame: number;
  /** Fewest samples that give a frame. */
  readonly receptiveField: number;
  /** Decides what a window is heard as before it is computed; asked in the order of each recording's windows. */
  readonly choose?: (window: Float32Array, recording: number) => Promise<LanguageChoice | undefined>;
  /** @param windows which recording each clip is of, and what was chosen for it */
  emissions(clips: readonly Float32Array[], windows: readonly HeardWindow[]): Promise<Emissions[]>;
}

/** Where a clip comes from. */
export interface HeardWindow {
  readonly recording: number;
  readonly choice: LanguageChoice | undefined;
}

const SAMPLE_RATE = 16_000;
/** Batches looked ahead, so that clips of like length meet. */
const LOOKAHEAD_BATCHES = 4;

/** One window waiting for the model; `emissions` is filled in when its batch is done. */
interface Job extends HeardWindow {
  readonly window: Window;
  readonly isLast: boolean;
  emissions?: Emissions;
}
/** A recording that could not be read to its end. */
interface Failure {
  readonly recording: number;
  readonly error: Error;
}

/**
 * Works through recordings and answers each when it is done, in order.
 *
 * @param makeTranscriber makes what takes the emissions of one recording, given by its index
 */
export async function* recogniseEach<T>(
  model: Listener,
  sources: readonly Source[],
  makeTranscriber: (recording: number) => Transcriber<T>,
  options: WorkOptions,
): AsyncGenerator<Outcome<T>> {
  const { batchSize = 1, signal, onProgress } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1)
    throw new RangeError(`transcribe: batchSize is ${batchSize}; expected a whole number of at least 1`);
  const transcribers = new Map<number, Transcriber<T>>();
  const failed = new Set<number>();
  const progress = { secondsDone: 0, secondsSeen: 0, recordingsDone: 0 };

  for await (const jobs of pools(
    readJobs(model, sources, options),
    batchSize === 1 ? 1 : batchSize * LOOKAHEAD_BATCHES,
  )) {
    const windows = jobs.filter((job): job is Job => "window" in job && !failed.has(job.recording));
    progress.secondsSeen += windows.reduce((sum, { window }) => sum + window.newSamples, 0) / SAMPLE_RATE;
    for (const batch of batches(windows, batchSize)) {
      signal?.throwIfAborted();
      const clips = batch.map(({ window }) => window.samples);
      const emissions = await model.emissions(clips, batch);
      batch.forEach((job, i) => {
        job.emissions = kept(emissions[i]!, job.window); // one answer per clip
        progress.secondsDone += job.window.newSamples / SAMPLE_RATE;
      });
      onProgress?.({ ...progress });
    }
    for (const job of jobs) {
      if (failed.has(job.recording)) continue;
      const outcome =
        "error" in job
          ? { index: job.recording, error: job.error }
          : await decode(job, transcribers, makeTranscriber, signal);
      if (!outcome) continue;
      if (outcome.error) failed.add(job.recording);
      transcribers.delete(job.recording);
      progress.recordingsDone++;
      onProgress?.({ ...progress });
      yield outcome;
    }
  }
}

/** Feeds one window; the last one of a recording gives its outcome. */
async function decode<T>(
  job: Job,
  transcribers: Map<number, Transcriber<T>>,
  makeTranscriber: (recording: number) => Transcriber<T>,
  signal: AbortSignal | undefined,
): Promise<Outcome<T> | undefined> {
  const index = job.recording;
  try {
    const transcriber = transcribers.get(index) ?? makeTranscriber(index);
    transcribers.set(index, transcriber);
    await transcriber.feed(job.emissions!, signal, job.choice); // its batch is done
    return job.isLast
      ? { index, transcript: await transcriber.finish(job.window.samplesDone / SAMPLE_RATE) }
      : undefined;
  } catch (error) {
    if (signal?.aborted) throw error;
    return { index, error: asError(error) };
  }
}

async function* readJobs(
  model: Listener,
  sources: readonly Source[],
  options: WorkOptions,
): AsyncGenerator<Job | Failure> {
  const { windowSeconds = 20, contextSeconds = 2.5, signal } = options;
  const hop = model.samplesPerFrame;
  const inHops = (name: string, seconds: number) => {
    const hops = Math.round((seconds * SAMPLE_RATE) / hop);
    if (!(hops >= 1))
      throw new RangeError(
        `transcribe: ${name} is ${seconds}; expected seconds, at least one frame (${hop / SAMPLE_RATE})`,
      );
    return hops * hop;
  };
  const plan = {
    core: inHops("windowSeconds", windowSeconds),
    context: inHops("contextSeconds", contextSeconds),
    hop,
  };
  for (const [recording, { name, blocks }] of sources.entries()) {
    signal?.throwIfAborted();
    try {
      for await (const window of windowsOf(finiteBlocks(name, blocks), plan)) {
        if (window.samples.length < model.receptiveField)
          throw tooShort(name, window.samplesDone, model.receptiveField);
        const choice = await model.choose?.(window.samples, recording);
        yield { recording, window, choice, isLast: window.frames === undefined };
      }
    } catch (error) {
      if (signal?.aborted) throw error;
      yield { recording, error: asError(error) };
    }
  }
}

/** Samples given as numbers have seen no reader that would refuse NaN. */
async function* finiteBlocks(name: string, blocks: Source["blocks"]): AsyncGenerator<Float32Array> {
  let before = 0;
  for await (const block of blocks) {
    const at = block.findIndex((x) => !Number.isFinite(x));
    if (at >= 0) {
      const message = `has ${block[at]} at sample ${before + at}; expected finite numbers; check what produced it`;
      throw new AudioError(message, {
        reason: "not-finite",
        source: name,
        seconds: (before + at) / SAMPLE_RATE,
      });
    }
    before += block.length;
    yield block;
  }
}

function tooShort(name: string, samples: number, least: number): AudioError {
  const message = `has ${samples} samples at 16 kHz; expected at least ${least} (${(least / 16).toFixed(0)} ms), the stretch that one frame sees`;
  return new AudioError(message, { reason: "too-short", source: name });
}

/** The frames of a window that are its own. */
function kept({ data, frames, symbols }: Emissions, { firstFrame, frames: count }: Window): Emissions {
  const end = count === undefined ? frames : firstFrame + count;
  return { data: data.subarray(firstFrame * symbols, end * symbols), frames: end - firstFrame, symbols };
}

async function* pools<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let pool: T[] = [];
  for await (const item of items) {
    pool.push(item);
    if (pool.length < size) continue;
    yield pool;
    pool = [];
  }
  if (pool.length > 0) yield pool;
}

/** Groups of at most `size`, longest first, so that neighbours differ least in length. */
function batches(jobs: readonly Job[], size: number): Job[][] {
  const sorted = [...jobs].sort((a, b) => b.window.samples.length - a.window.samples.length);
  return Array.from({ length: Math.ceil(sorted.length / size) }, (_, i) =>
    sorted.slice(i * size, (i + 1) * size),
  );
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
