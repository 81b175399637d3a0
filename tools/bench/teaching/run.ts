// What a lesson of ten clips gives and what it costs: word errors on the clips, on new recordings of the same phrases,
// on what the model knew (AN4 dev), before and after.
//
//   npx tsx --conditions=@wav2vec/source tools/bench/teaching/run.ts [--updates 60] [--parts all|head] [--no-known] [--an4 60]
//
// AN4 is looked for in ../shared, or in the folder that WAV2VEC_SHARED names; without it only the phrases are measured.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { recognizerService } from "@wav2vec/asr-worker/serve";
import { readAudio } from "@wav2vec/audio";
import { ortBackend } from "@wav2vec/backend-ort";
import { wordErrorRate } from "@wav2vec/decoders";
import * as ort from "onnxruntime-node";

const { values } = parseArgs({
  allowNegative: true,
  options: {
    updates: { type: "string", default: "60" },
    parts: { type: "string", default: "all" },
    known: { type: "boolean", default: true },
    an4: { type: "string", default: "60" },
  },
});
const root = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

interface Labelled {
  readonly name: string;
  readonly samples: Float32Array;
  readonly text: string;
}

async function labelled(path: string, text?: string): Promise<Labelled> {
  const { samples } = await readAudio(path);
  const said = text ?? readFileSync(path.replace(/\.[^.]*$/, ".txt"), "utf8").trim();
  return { name: path.split("/").at(-1)!, samples, text: said }; // split gives at least one part
}

const phrases = (pattern: RegExp) =>
  Promise.all(readdirSync(root("examples/words")).filter((name) => pattern.test(name)).map((name) => labelled(root(`examples/words/${name}`)))); // prettier-ignore

async function an4(): Promise<Labelled[]> {
  const folder = join(process.env["WAV2VEC_SHARED"] ?? root("../shared"), "data/an4");
  if (!existsSync(folder)) return [];
  const lines = readFileSync(join(folder, "metadata.jsonl"), "utf8").trim().split("\n");
  const entries = lines.map(
    (line) => JSON.parse(line) as { file_name: string; transcription: string; split: string },
  ); // as the data's README says
  const dev = entries.filter(({ split }) => split === "dev").slice(0, Number(values.an4));
  return Promise.all(
    dev.map(({ file_name: name, transcription }) => labelled(join(folder, name), transcription)),
  );
}

const service = recognizerService({ ort: async () => ortBackend({ ort }) });
await service.open({ model: root("models/en-tiny") }, () => {});
const clips = await phrases(/-[12]\.wav$/);
const known = values.known ? await Promise.all(["digits", "command", "spelled"].map((name) => labelled(root(`examples/audio/${name}.wav`)))) : []; // prettier-ignore
await service.teach(clips, { parts: values.parts === "head" ? "head" : "all", known });
const losses: number[] = [];
await service.train(1, Number(values.updates), ({ loss }) => void losses.push(loss));
console.log(`loss ${losses[0]!.toFixed(2)} to ${losses.at(-1)!.toFixed(2)} in ${losses.length} updates\n`);
console.log("| word errors | before | after |\n|---|---|---|");
const sets = {
  "the ten clips": clips,
  "the phrases, said slower": await phrases(/-test\.wav$/),
  "AN4 dev": await an4(),
};
for (const [name, set] of Object.entries(sets)) {
  if (set.length === 0) continue;
  const heard: { reference: string; before: string; after: string }[] = [];
  for (const { samples, text } of set) heard.push({ reference: text, ...(await service.compare(samples)) });
  const rate = (side: "before" | "after") =>
    (
      100 * wordErrorRate(heard.map((pair) => ({ reference: pair.reference, hypothesis: pair[side] })))
    ).toFixed(1);
  console.log(`| ${name} (${set.length}) | ${rate("before")} % | ${rate("after")} % |`);
}
