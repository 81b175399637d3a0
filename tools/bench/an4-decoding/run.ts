// What a beam and a language model give on AN4's development set, with the model that ships.
// The language model is estimated on the training transcripts; its weights are tuned on one half of the speakers of
// dev and tried on the other half, both ways, so that no clip is decoded with weights that were tuned on it.
// Run: npx tsx --conditions=@wav2vec/source tools/bench/an4-decoding/run.ts [shared folder] [model]
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { acousticModel } from "@wav2vec/asr";
import { readAudio } from "@wav2vec/audio";
import { ortBackend } from "@wav2vec/backend-ort";
import { openCheckpoint } from "@wav2vec/checkpoints";
import {
  compareTexts,
  decodeBeam,
  decodeGreedy,
  errorRates,
  estimateNgrams,
  perplexity,
  tune,
  wordErrorRate,
  type BeamOptions,
  type Emissions,
  type NgramModel,
  type WordLanguage,
} from "@wav2vec/decoders";
import { bootstrapInterval } from "@wav2vec/metrics";
import * as ort from "onnxruntime-node";

const beside = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const [shared = process.env["WAV2VEC_SHARED"] ?? beside("../shared"), source = beside("models/en-tiny")] =
  process.argv.slice(2);

interface Clip {
  readonly file_name: string;
  readonly transcription: string;
  readonly speaker_id: string;
  readonly split: string;
}
interface SpokenClip {
  readonly speaker: string;
  readonly reference: string;
  readonly emissions: Emissions;
}

const folder = join(shared, "data/an4");
const all = readFileSync(join(folder, "metadata.jsonl"), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Clip);

const checkpoint = await openCheckpoint(source);
const model = await acousticModel(checkpoint, ortBackend({ ort, threads: 2 }));
const { vocabulary } = model;
const dev: SpokenClip[] = [];
for (const clip of all.filter(({ split }) => split === "dev")) {
  const { samples } = await readAudio(join(folder, clip.file_name));
  const [emissions] = await model.emissions([samples]);
  const own = { ...emissions!, data: emissions!.data.slice() }; // one clip, one answer
  dev.push({ speaker: clip.speaker_id, reference: clip.transcription, emissions: own });
}
model.dispose();
await checkpoint.close();

const training = all.filter(({ split }) => split === "train").map(({ transcription }) => transcription);
const speakers = [...new Set(dev.map(({ speaker }) => speaker))].sort();
const isFirst = ({ speaker }: SpokenClip) => speakers.indexOf(speaker) % 2 === 0;
const halves = [dev.filter(isFirst), dev.filter((clip) => !isFirst(clip))] as const;

const alphas = [0.35, 0.5, 0.7, 0.9, 1.2];
const betas = [0, 1, 2, 3, 4.5, 6];
const metric = (references: readonly string[], hypotheses: readonly string[]) =>
  wordErrorRate(references.map((reference, i) => ({ reference, hypothesis: hypotheses[i]! }))); // one each

/** Decodes each half with the weights that were best on the other. */
async function crossTuned(optionsFor: (alpha: number, beta: number) => BeamOptions): Promise<string[]> {
  const decoded = new Map<SpokenClip, string>();
  for (const [tuned, tried] of [halves, [halves[1], halves[0]] as const]) {
    const { best } = await tune(tuned, { alphas, betas, optionsFor, metric });
    process.stderr.write(
      `alpha ${best.alpha}, beta ${best.beta}: ${percent(best.metric)} where it was tuned\n`,
    );
    const options = optionsFor(best.alpha, best.beta);
    for (const clip of tried) decoded.set(clip, decodeBeam(clip.emissions, options)[0]?.text ?? "");
  }
  return dev.map((clip) => decoded.get(clip)!); // every clip is in one half
}

const percent = (share: number) => `${(share * 100).toFixed(2)} %`;

function report(name: string, hypotheses: readonly string[], started: number): void {
  const seconds = (performance.now() - started) / 1000;
  const pairs = dev.map(({ reference }, i) => ({ reference, hypothesis: hypotheses[i]! })); // one each
  const words = compareTexts(pairs);
  const rates = errorRates(words);
  const { low, high } = bootstrapInterval(words, (some) => errorRates(some).rate);
  const characters = errorRates(compareTexts(pairs, { unit: "characters" }));
  const counts = `${rates.substitutions} / ${rates.deletions} / ${rates.insertions}`;
  const cells = [
    name,
    percent(rates.rate),
    `${percent(low)} – ${percent(high)}`,
    counts,
    percent(characters.rate),
  ];
  process.stdout.write(`| ${cells.join(" | ")} | ${seconds.toFixed(1)} s |\n`);
}

const words = dev.reduce((sum, { reference }) => sum + reference.split(" ").length, 0);
const settings = (ngrams: NgramModel) => (alpha: number, beta: number) => ({
  vocabulary,
  beamSize: 100,
  language: { kind: "words", model: ngrams, alpha, beta } satisfies WordLanguage,
});

process.stdout.write(`AN4 dev: ${dev.length} clips, ${speakers.length} speakers, ${words} words\n\n`);
process.stdout.write(
  "| decoder | WER | 95 % of resampled sets | sub / del / ins | CER | time, tuning included |\n",
);
process.stdout.write("|---|---|---|---|---|---|\n");
let started = performance.now();
report(
  "greedy",
  dev.map(({ emissions }) => decodeGreedy(emissions, vocabulary).text),
  started,
);
started = performance.now();
report(
  "beam 100",
  dev.map(({ emissions }) => decodeBeam(emissions, { vocabulary, beamSize: 100 })[0]?.text ?? ""),
  started,
);
for (const order of [2, 3]) {
  const { model: ngrams } = await estimateNgrams(training, { order, fallbackDiscounts: true });
  const { perplexity: known, unknown } = perplexity(
    ngrams,
    dev.map(({ reference }) => reference),
  );
  process.stderr.write(`${order}-grams: perplexity ${known.toFixed(1)} on dev, ${unknown} words unknown\n`);
  started = performance.now();
  report(`beam 100 + ${order}-grams`, await crossTuned(settings(ngrams)), started);
}
