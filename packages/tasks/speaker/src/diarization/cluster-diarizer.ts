// Who speaks when, by embeddings of short windows that are clustered: any number of speakers, one at a time.
import type { Recording } from "@wav2vec/heads";
import { readClip } from "@wav2vec/heads";
import type { SpeakerTurn, TimeSpan } from "@wav2vec/metrics";
import type { SpeakerEmbedder } from "../speaker-embedder.js";
import { cosineSimilarity, meanEmbedding, type SpeakerEmbedding } from "../speaker-embedding.js";
import { clusterEmbeddings, type GroupCount } from "./cluster.js";
import { smoothPath } from "./smooth-path.js";
import { nameTurns, tidyTurns, type NumberedTurn } from "./speaker-turns.js";
import { speechActivity } from "./speech-activity.js";

/** How a recording is diarized. Either how many speak, or how alike (cosine) windows of one voice are at least. */
export type ClusterDiarizationOptions = GroupCount & {
  /** Where there is speech, e.g. from a transcript. Default: what is louder than the background, `speechActivity`. */
  readonly speech?: readonly TimeSpan[];
  /** Seconds that an embedding is made of. Longer ones tell voices better and changes worse. Default 1.5. */
  readonly windowSeconds?: number;
  /** Seconds between windows. Default 0.75. */
  readonly hopSeconds?: number;
  /** About the shortest turn between turns of another speaker that is believed. Default 1. */
  readonly shortestTurn?: number;
  /** Windows computed together. More than 1 pays on a GPU. Default 1. */
  readonly batchSize?: number;
  /** Stops between batches with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly windowsDone: number; readonly windowCount: number }) => void;
};

const SAMPLE_RATE = 16_000;
/** Seconds from one decision to the next. */
const STEP = 0.25;
/** Pauses that do not end a turn. */
const SHORTEST_PAUSE = 0.5;
/** Windows that a speaker found by a threshold must have: one across a change of speakers is like neither. */
const FEWEST_WINDOWS = 3;

interface Window extends TimeSpan {
  readonly samples: Float32Array;
}

/**
 * Diarizes a recording: windows of its speech are embedded and clustered, then each quarter of a second is given to the
 * cluster whose mean it is nearest to, where changes must last. Where two speak at once one of them is named. With a
 * threshold, whoever has fewer than three windows is taken for one of the others.
 *
 * @returns turns in order, speakers named `speaker-1` … in order of appearance; none without speech
 * @throws AudioError if the recording cannot be read or is too short for the model
 * @throws SpeakerError for a count or threshold that is none
 * @throws RangeError for windows shorter than the model can judge, or a hop that is none
 */
export async function diarizeByClustering(
  embedder: SpeakerEmbedder,
  recording: Recording,
  options: ClusterDiarizationOptions,
): Promise<SpeakerTurn[]> {
  const { windowSeconds = 1.5, hopSeconds = 0.75, shortestTurn = 1 } = options;
  if (!(Math.round(windowSeconds * SAMPLE_RATE) >= embedder.leastSamples) || !(hopSeconds > 0)) {
    throw new RangeError(
      `diarize: windowSeconds is ${windowSeconds} and hopSeconds ${hopSeconds}; expected windows of at least ${embedder.leastSamples / SAMPLE_RATE} s, what the model needs, and a hop above 0`,
    );
  }
  clusterEmbeddings([], options); // refuses a wrong count before the work
  const samples = await readClip(recording, embedder.leastSamples);
  const speech = options.speech ?? speechActivity(samples);
  const windows = speech.flatMap((span) => windowsOf(samples, span, windowSeconds, hopSeconds));
  const embeddings = await embedWindows(embedder, windows, options);
  if (embeddings.length === 0) return [];

  const groups = clusterEmbeddings(embeddings, options);
  const means = meansOf(embeddings, groups, options.threshold === undefined ? 1 : FEWEST_WINDOWS);
  const similarities = embeddings.map((embedding) => means.map((mean) => cosineSimilarity(embedding, mean)));
  // A blip costs two changes: one of average distinctness pays from `shortestTurn` on.
  const switchCost = (meanMargin(similarities) * shortestTurn) / STEP / 2;
  const turns = speech.flatMap((span) => turnsIn(span, windows, similarities, switchCost));
  return nameTurns(tidyTurns(turns, { shortestPause: SHORTEST_PAUSE, shortestTurn: 0 }));
}

/** Windows of one length over a stretch of speech; a short stretch takes what is around it, within the recording. */
function windowsOf(
  samples: Float32Array,
  span: TimeSpan,
  windowSeconds: number,
  hopSeconds: number,
): Window[] {
  const total = samples.length / SAMPLE_RATE;
  const length = Math.min(windowSeconds, total);
  const count = Math.max(1, Math.ceil((span.end - span.start - length) / hopSeconds - 1e-9) + 1);
  return Array.from({ length: count }, (_, i) => {
    const wanted =
      count === 1
        ? (span.start + span.end - length) / 2
        : Math.min(span.start + i * hopSeconds, span.end - length);
    const first = Math.round(Math.min(Math.max(0, wanted), total - length) * SAMPLE_RATE);
    const part = samples.subarray(first, first + Math.round(length * SAMPLE_RATE));
    return { start: first / SAMPLE_RATE, end: first / SAMPLE_RATE + length, samples: part };
  });
}

async function embedWindows(
  embedder: SpeakerEmbedder,
  windows: readonly Window[],
  { batchSize = 1, signal, onProgress }: ClusterDiarizationOptions,
): Promise<SpeakerEmbedding[]> {
  if (!Number.isInteger(batchSize) || batchSize < 1)
    throw new RangeError(`diarize: batchSize is ${batchSize}; expected a whole number of at least 1`);
  const embeddings: SpeakerEmbedding[] = [];
  for (let at = 0; at < windows.length; at += batchSize) {
    signal?.throwIfAborted();
    const batch = windows.slice(at, at + batchSize).map(({ samples }) => samples);
    embeddings.push(...(await embedder.embedAll(batch)));
    onProgress?.({ windowsDone: embeddings.length, windowCount: windows.length });
  }
  return embeddings;
}

/** Of groups with at least `fewest` windows; of all if none has. */
function meansOf(
  embeddings: readonly SpeakerEmbedding[],
  groups: readonly number[],
  fewest: number,
): SpeakerEmbedding[] {
  const all = Array.from({ length: Math.max(...groups) + 1 }, (_, group) =>
    embeddings.filter((_embedding, i) => groups[i] === group),
  );
  const large = all.filter(({ length }) => length >= fewest);
  return (large.length > 0 ? large : all).map(meanEmbedding);
}

/** How far the nearest mean is ahead of the next, on average over the windows. */
function meanMargin(similarities: readonly (readonly number[])[]): number {
  const margins = similarities.map((row) => {
    const [best, next] = [...row].sort((a, b) => b - a);
    return best! - (next ?? best!); // a row has one entry a group
  });
  return margins.reduce((a, b) => a + b, 0) / margins.length;
}

/** Decides step by step within one stretch; each step hears the windows around it, the nearer the more. */
function turnsIn(
  span: TimeSpan,
  windows: readonly Window[],
  similarities: readonly (readonly number[])[],
  switchCost: number,
): NumberedTurn[] {
  const near = windows.flatMap(({ start, end }, i) =>
    end > span.start && start < span.end
      ? [{ middle: (start + end) / 2, half: (end - start) / 2, row: similarities[i]! }]
      : [],
  );
  const count = Math.max(1, Math.round((span.end - span.start) / STEP));
  const step = (span.end - span.start) / count;
  const scores = Array.from({ length: count }, (_, i) => {
    const time = span.start + (i + 0.5) * step;
    const distance = ({ middle }: (typeof near)[number]) => Math.abs(time - middle);
    const over = near.filter((window) => distance(window) < window.half);
    // A hop longer than a window leaves time that none covers.
    const heard = over.length > 0 ? over : [near.reduce((a, b) => (distance(b) < distance(a) ? b : a))];
    const weights = heard.map((window) => Math.max(1e-6, 1 - distance(window) / window.half));
    const total = weights.reduce((a, b) => a + b, 0);
    return heard[0]!.row.map((_score, s) =>
      heard.reduce((sum, { row }, k) => sum + (weights[k]! / total) * row[s]!, 0),
    ); // a stretch has a window
  });
  return smoothPath(scores, switchCost).map((speaker, i) => ({
    start: span.start + i * step,
    end: span.start + (i + 1) * step,
    speaker,
  }));
}
