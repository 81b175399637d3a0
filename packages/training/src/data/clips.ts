// Opens the recordings of a data set: each is decoded once to be checked and measured, and kept while memory allows.
import { stat } from "node:fs/promises";
import type { ClipChange } from "./clip-change.js";
import { clipReader, type ClipReader } from "./clip-reader.js";
import { DefectError, type Defect, type DefectPolicy } from "./defects.js";
import type { Entry } from "./entry.js";
import { framesNeeded } from "../ctc-targets.js";
import { spell, writtenText, type TextRules } from "./labels.js";
import { BrokenClip, type ClipTask } from "./prepare-clip.js";

/** A recording that can be trained on. */
export interface Clip {
  readonly name: string;
  /** Samples at 16 kHz. */
  readonly samples: number;
  /** What is said, as the vocabulary writes it; empty in unlabelled data. */
  readonly text: string;
  readonly labels: Int32Array;
  readonly entry: Entry;
}

/** The usable recordings of a data set. */
export interface Clips {
  /** Those that are to be repeated are there as often. */
  readonly clips: readonly Clip[];
  readonly defects: readonly Defect[];
  /**
   * Samples of one clip, changed if that is asked for; decoded again if they were not kept.
   *
   * @throws DefectError if the recording has gone, or is not what it was, since it was checked; DataError if noise has
   */
  load(index: number, change?: ClipChange): Promise<Float32Array>;
}

/** What recordings must fulfil. */
export interface ClipRequirements {
  /** Ids of the vocabulary's tokens and how texts are written; absent for unlabelled training. */
  readonly spelling?: { readonly ids: ReadonlyMap<string, number>; readonly rules: TextRules };
  /** Says what an entry lacks of what is to be learnt from it, other than a transcript; absent if nothing else is. */
  readonly lack?: (entry: Entry) => string | undefined;
  /** Frames that the model gives for a number of samples; 0 if it gives none. */
  readonly framesOf: (samples: number) => number;
  readonly minSamples: number;
  readonly maxSamples: number;
  readonly defects: DefectPolicy;
  /** Bytes of decoded samples to keep in memory. */
  readonly cacheBytes: number;
  /** Decodes recordings; default on this thread. */
  readonly reader?: ClipReader;
  readonly onDefect?: (defect: Defect) => void;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Checks every recording.
 *
 * @throws DefectError at the first defect of a kind that stops
 */
export async function openClips(entries: readonly Entry[], requirements: ClipRequirements): Promise<Clips> {
  const { reader = clipReader(0), defects: policy } = requirements;
  const clips: Clip[] = [];
  const kept: (Float32Array | undefined)[] = [];
  const defects: Defect[] = [];
  const pending: Promise<Examined | Defect>[] = []; // the next few, in order
  let free = requirements.cacheBytes;
  for (let i = 0; i < entries.length; i++) {
    requirements.signal?.throwIfAborted();
    while (pending.length < Math.min(reader.atOnce, entries.length - i)) {
      const examined = examine(entries[i + pending.length]!, requirements, reader); // below length
      examined.catch(() => undefined); // told when its turn comes
      pending.push(examined);
    }
    const result = await pending.shift()!; // at least one was started
    if ("kind" in result) {
      if (policy[result.kind] === "stop") throw new DefectError(result);
      defects.push(result);
      requirements.onDefect?.(result);
    } else {
      const { clip, samples } = result;
      const fits = samples.byteLength <= free;
      if (fits) free -= samples.byteLength;
      for (let times = clip.entry.repeat ?? 1; times > 0; times--) {
        kept.push(fits ? samples : undefined);
        clips.push(clip);
      }
    }
    requirements.onProgress?.(i + 1, entries.length);
  }
  return {
    clips,
    defects,
    async load(index, change) {
      const { entry, name, samples: count } = clips[index]!;
      const own = kept[index];
      if (own) return change ? reader.prepare({ source: own, name, change }) : own;
      const found = await decode({ source: entry.path, name, expected: count, change }, reader);
      if ("kind" in found) throw new DefectError(found, policy[found.kind]);
      return found;
    },
  };
}

type Examined = { readonly clip: Clip; readonly samples: Float32Array };

async function examine(
  entry: Entry,
  requirements: ClipRequirements,
  reader: ClipReader,
): Promise<Examined | Defect> {
  const { name } = entry;
  const defect = (kind: Defect["kind"], detail: string): Defect => ({ kind, name, detail });
  const { spelling, minSamples, maxSamples, framesOf } = requirements;

  let text = "";
  let labels = new Int32Array(0);
  if (spelling) {
    text = writtenText(entry.text ?? "", spelling.rules);
    if (text === "") return defect("no-transcript", "its transcript is empty");
    const spelled = spell(text, spelling.ids);
    if (!spelled.labels)
      return defect(
        "unknown-character",
        `${spelled.unknown.map((token) => JSON.stringify(token)).join(", ")} not in the vocabulary: ${JSON.stringify(text.slice(0, 60))}`,
      );
    labels = new Int32Array(spelled.labels);
  }

  const lacks = requirements.lack?.(entry);
  if (lacks !== undefined) return defect("no-label", lacks);

  const samples = await decode({ source: entry.path, name }, reader);
  if ("kind" in samples) return samples;
  const seconds = (count: number) => `${(count / 16_000).toFixed(2)} s`;
  const frames = framesOf(samples.length);
  if (samples.length < minSamples || frames === 0)
    return defect("too-short", `${seconds(samples.length)}; at least ${seconds(minSamples)} are wanted`);
  if (samples.length > maxSamples)
    return defect("too-long", `${seconds(samples.length)}; at most ${seconds(maxSamples)} are wanted`);
  const needed = framesNeeded(labels);
  if (needed > frames)
    return defect("too-many-labels", `${labels.length} labels need ${needed} frames; ${seconds(samples.length)} give ${frames}`); // prettier-ignore
  return { clip: { name, samples: samples.length, text, labels, entry }, samples };
}

async function decode(
  task: ClipTask & { readonly source: string },
  reader: ClipReader,
): Promise<Float32Array | Defect> {
  const { source: path, name } = task;
  try {
    return await reader.prepare(task);
  } catch (error) {
    if (!(error instanceof BrokenClip)) throw error;
    // Asked afterwards: a file may go at any moment before.
    const isThere = await stat(path).then((found) => found.isFile(), () => false); // prettier-ignore
    return isThere
      ? { kind: "broken-audio", name, detail: error.message }
      : { kind: "missing-file", name, detail: `${path} does not exist` };
  }
}
