// Opens the recordings of a data set: each is decoded once to be checked and measured, and kept while memory allows.
import { AudioError, readAudio } from "@wav2vec/audio";
import { stat } from "node:fs/promises";
import { DefectError, type Defect, type DefectPolicy } from "./defects.js";
import type { Entry } from "./entry.js";
import { framesNeeded, spell, writtenText, type TextRules } from "./labels.js";

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
  readonly clips: readonly Clip[];
  readonly defects: readonly Defect[];
  /** Samples of one clip; decoded again if they were not kept. */
  load(index: number): Promise<Float32Array>;
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
  readonly onDefect?: (defect: Defect) => void;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

const AT_ONCE = 4; // reading of one file overlaps decoding of another

/**
 * Checks every recording.
 *
 * @throws DefectError at the first defect of a kind that stops
 */
export async function openClips(entries: readonly Entry[], requirements: ClipRequirements): Promise<Clips> {
  const clips: Clip[] = [];
  const paths: string[] = [];
  const kept: (Float32Array | undefined)[] = [];
  const defects: Defect[] = [];
  let free = requirements.cacheBytes;
  for (let start = 0; start < entries.length; start += AT_ONCE) {
    requirements.signal?.throwIfAborted();
    const group = entries.slice(start, start + AT_ONCE);
    const found = await Promise.all(group.map((entry) => examine(entry, requirements)));
    found.forEach((result, i) => {
      if ("kind" in result) {
        if (requirements.defects[result.kind] === "stop") throw new DefectError(result);
        defects.push(result);
        requirements.onDefect?.(result);
        return;
      }
      const { clip, samples } = result;
      const fits = samples.byteLength <= free;
      if (fits) free -= samples.byteLength;
      kept.push(fits ? samples : undefined);
      paths.push(group[i]!.path);
      clips.push(clip);
    });
    requirements.onProgress?.(start + group.length, entries.length);
  }
  return {
    clips,
    defects,
    load: async (index) => kept[index] ?? (await readAudio(paths[index]!)).samples,
  };
}

type Examined = { readonly clip: Clip; readonly samples: Float32Array };

async function examine(entry: Entry, requirements: ClipRequirements): Promise<Examined | Defect> {
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

  const isThere = await stat(entry.path).then((found) => found.isFile(), () => false); // prettier-ignore
  if (!isThere) return defect("missing-file", `${entry.path} does not exist`);
  let samples: Float32Array;
  try {
    ({ samples } = await readAudio(entry.path, { name }));
  } catch (error) {
    if (error instanceof AudioError) return defect("broken-audio", error.message);
    throw error;
  }
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
