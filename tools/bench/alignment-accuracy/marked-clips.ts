// Recordings whose words have known times: TIMIT's, marked by hand, and flite's, which knows when it says each phone.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readAudio } from "@wav2vec/audio";
import type { Marked } from "@wav2vec/decoders";

/** One recording with the times of its words in seconds. */
export interface MarkedClip {
  readonly speaker: string;
  readonly samples: Float32Array;
  readonly words: readonly Marked[];
}

const SAMPLE_RATE = 16_000;

/** The clips of a folder in TIMIT's layout: one folder a speaker, `.wrd` marks in samples. */
export async function timitClips(folder: string): Promise<MarkedClip[]> {
  const clips: MarkedClip[] = [];
  for (const speaker of readdirSync(folder).filter((name) => /^dr\d-/u.test(name))) {
    for (const file of readdirSync(join(folder, speaker)).filter((name) => name.endsWith(".wrd"))) {
      const stem = join(folder, speaker, file.slice(0, -".wrd".length));
      const { samples } = await readAudio(existsSync(`${stem}.flac`) ? `${stem}.flac` : `${stem}.wav`);
      const words = readFileSync(`${stem}.wrd`, "utf8").trim().split("\n").map(markOf);
      clips.push({ speaker, samples, words });
    }
  }
  return clips;
}

function markOf(line: string): Marked {
  const [start, end, text] = line.split(/\s+/u);
  return { text: text ?? "", start: Number(start) / SAMPLE_RATE, end: Number(end) / SAMPLE_RATE };
}

/**
 * Speaks phrases with flite, each with every voice.
 *
 * Phones are given to words by how many each word has alone; phrases where the sums differ are left out.
 */
export async function fliteClips(phrases: readonly string[], folder: string): Promise<MarkedClip[]> {
  const clips: MarkedClip[] = [];
  const phoneCounts = new Map<string, number>();
  for (const speaker of ["awb", "rms", "slt", "kal16"]) {
    for (const phrase of phrases) {
      // Words in capitals would be read as abbreviations; single letters must stay capitals to be read as letters.
      const texts = phrase.split(" ").map((word) => (word.length > 1 ? word.toLowerCase() : word));
      const path = join(folder, "phrase.wav");
      const phones = speak(speaker, texts.join(" "), path);
      const counts = texts.map((text) => {
        const count = phoneCounts.get(text) ?? speak(speaker, text, "none").filter(isSpeech).length;
        phoneCounts.set(text, count);
        return count;
      });
      const spoken = phones.flatMap((phone, i) =>
        isSpeech(phone) ? [{ start: phones[i - 1]?.end ?? 0, end: phone.end }] : [],
      );
      if (spoken.length !== counts.reduce((sum, count) => sum + count, 0)) continue;
      let used = 0;
      const words = texts.map((text, i) => {
        const own = spoken.slice(used, (used += counts[i]!)); // one count a word
        return { text, start: own[0]!.start, end: own.at(-1)!.end }; // every word has a phone
      });
      clips.push({ speaker, samples: (await readAudio(path)).samples, words });
    }
  }
  return clips;
}

interface Phone {
  readonly name: string;
  readonly end: number;
}

const isSpeech = ({ name }: Phone) => name !== "pau";

function speak(voice: string, text: string, path: string): Phone[] {
  const printed = execFileSync("flite", ["-voice", voice, "-psdur", "-t", text, "-o", path], {
    encoding: "utf8",
  });
  return printed
    .trim()
    .split(/\s+/u)
    .map((phone) => {
      const [name = "", end] = phone.split(":");
      return { name, end: Number(end) };
    });
}
