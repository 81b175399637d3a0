// Picks so many minutes of a data set, speakers in turn, and writes them as a table: the few labelled minutes of an experiment.
import { readAudio } from "@wav2vec/audio";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    split: { type: "string", default: "train" },
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: "1" },
    out: { type: "string" },
  },
});
const { data, out } = values;
if (!data || !out) throw new Error("expected --data FOLDER and --out TABLE.jsonl");

interface Entry {
  readonly file_name: string;
  readonly transcription: string;
  readonly speaker_id: string;
  readonly split: string;
}
const entries = readFileSync(join(data, "metadata.jsonl"), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Entry) // the AudioFolder convention
  .filter(({ split }) => split === values.split);

const bySpeaker = new Map<string, Entry[]>();
for (const entry of shuffled(entries, Number(values.seed)))
  bySpeaker.set(entry.speaker_id, [...(bySpeaker.get(entry.speaker_id) ?? []), entry]);
const wanted = Number(values.minutes) * 60;
const picked: Entry[] = [];
let seconds = 0;
for (let turn = 0; seconds < wanted; turn++) {
  const round = [...bySpeaker.values()].flatMap((clips) => clips.slice(turn, turn + 1));
  if (round.length === 0) throw new Error(`${data} has only ${(seconds / 60).toFixed(1)} minutes`);
  for (const entry of round) {
    if (seconds >= wanted) break;
    seconds += (await readAudio(join(data, entry.file_name))).samples.length / 16_000;
    picked.push(entry);
  }
}
const table = picked.map((entry) => JSON.stringify({ ...entry, file_name: resolve(data, entry.file_name) }));
writeFileSync(out, table.join("\n") + "\n");
console.log(`${picked.length} clips of ${bySpeaker.size} speakers, ${seconds.toFixed(1)} s -> ${out}`);

/** Ordered by a hash of name and seed. */
function shuffled(all: readonly Entry[], seed: number): Entry[] {
  const rank = ({ file_name }: Entry) => {
    let hash = 2166136261 ^ seed; // FNV-1a
    for (const char of file_name) hash = Math.imul(hash ^ char.charCodeAt(0), 16777619);
    hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
    return (hash ^ (hash >>> 13)) >>> 0;
  };
  return [...all].sort((a, b) => rank(a) - rank(b));
}
