// AN4's development part run through a recogniser, with the time of every word by forced alignment of its transcript.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { acousticModel } from "@wav2vec/asr";
import { readAudio } from "@wav2vec/audio";
import type { Checkpoint } from "@wav2vec/checkpoints";
import type { Backend } from "@wav2vec/core";
import { createAligner, type Emissions, type Vocabulary } from "@wav2vec/decoders";
import { spellWords } from "../alignment-accuracy/spell-words.js";
import type { Occurrence } from "./term-detection.js";

/** One recording. */
export interface SpokenClip {
  readonly name: string;
  readonly speaker: string;
  readonly seconds: number;
  readonly emissions: Emissions;
  /** Every word that is said. */
  readonly words: readonly Occurrence[];
}

interface Line {
  readonly file_name: string;
  readonly transcription: string;
  readonly speaker_id: string;
  readonly split: string;
}

/**
 * Reads the entries of the dev split.
 *
 * @param folder AudioFolder with metadata.jsonl
 * @throws Error if the model cannot spell a word of a transcript
 */
export async function spokenClips(
  folder: string,
  checkpoint: Checkpoint,
  backend: Backend,
): Promise<{
  readonly clips: readonly SpokenClip[];
  readonly vocabulary: Vocabulary;
  readonly secondsPerFrame: number;
}> {
  const lines = readFileSync(join(folder, "metadata.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Line)
    .filter(({ split }) => split === "dev");
  const model = await acousticModel(checkpoint, backend);
  const { vocabulary, secondsPerFrame } = model;
  const clips: SpokenClip[] = [];
  for (const { file_name: name, transcription, speaker_id: speaker } of lines) {
    const { samples } = await readAudio(join(folder, name));
    const [heard] = await model.emissions([samples]);
    const emissions = { ...heard!, data: heard!.data.slice() }; // one clip, one answer
    const times = wordTimes(transcription.split(" "), emissions, vocabulary);
    const words = times.map(({ term, start, end }) => ({ term, clip: name, start: start * secondsPerFrame, end: end * secondsPerFrame })); // prettier-ignore
    clips.push({ name, speaker, seconds: samples.length / 16_000, emissions, words });
  }
  model.dispose();
  return { clips, vocabulary, secondsPerFrame };
}

const aligner = createAligner();

/** First and last frame of each word on the best path that spells all of them. */
function wordTimes(words: readonly string[], emissions: Emissions, vocabulary: Vocabulary) {
  const spelled = spellWords(words, vocabulary);
  if (!spelled) throw new Error(`keywords: the model cannot spell a word of "${words.join(" ")}"`);
  const { spans } = aligner.align(emissions, spelled.targets, { blank: vocabulary.blank });
  return spelled.ranges.map(([first, beyond], i) => ({
    term: words[i]!,
    start: spans[first]!.start,
    end: spans[beyond - 1]!.end,
  })); // a range a word, a span a target
}
