// How well words are found in AN4's development set: keyword search beside the words of the greedy transcript; see README.md.
// Run: npx tsx --conditions=@wav2vec/source tools/bench/keywords/run.ts [shared folder] [model]
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ortBackend } from "@wav2vec/backend-ort";
import { openCheckpoint } from "@wav2vec/checkpoints";
import { decodeGreedy } from "@wav2vec/decoders";
import { searchKeywords } from "@wav2vec/intent";
import { bootstrapInterval } from "@wav2vec/metrics";
import * as ort from "onnxruntime-node";
import { spokenClips, type SpokenClip } from "./spoken-clips.js";
import {
  bestThreshold,
  detectionRates,
  figureOfMerit,
  matchDetections,
  maximumTermWeightedValue,
  termWeightedValue,
  type Detection,
  type JudgedDetection,
} from "./term-detection.js";

/** Shorter words, in AN4 mostly spelled letters, are no keywords. */
const LEAST_LETTERS = 3;
const DEFAULT_THRESHOLD = 0.5;
/** The curve is measured down to here. */
const LEAST_THRESHOLD = 0.05;

const beside = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const [shared = process.env["WAV2VEC_SHARED"] ?? beside("../shared"), source = beside("models/en-tiny")] =
  process.argv.slice(2);

const checkpoint = await openCheckpoint(source);
const { clips, vocabulary, secondsPerFrame } = await spokenClips(join(shared, "data/an4"), checkpoint, ortBackend({ ort, threads: 2 })); // prettier-ignore
await checkpoint.close();

const words = clips.flatMap((clip) => clip.words);
const occurrences = words.filter(({ term }) => term.length >= LEAST_LETTERS);
const terms = [...new Set(occurrences.map(({ term }) => term))].sort();
const seconds = clips.reduce((sum, clip) => sum + clip.seconds, 0);
const speech = { occurrences, seconds };

const search = (threshold: number) =>
  judge(
    ({ name, emissions }) =>
    searchKeywords(emissions, terms, { vocabulary, secondsPerFrame }, { threshold }).map(({ keyword, start, end, confidence }) => ({ term: keyword, clip: name, start, end, score: confidence })), // prettier-ignore
  );
const transcript = judge(
  ({ name, emissions }) =>
  decodeGreedy(emissions, vocabulary)
    .words.filter(({ text }) => terms.includes(text))
    .map(({ text, start, end, confidence }) => ({ term: text, clip: name, start: start * secondsPerFrame, end: end * secondsPerFrame, score: confidence })), // prettier-ignore
);
function judge(detect: (clip: SpokenClip) => readonly Detection[]): JudgedDetection[] {
  return matchDetections(clips.flatMap(detect), occurrences);
}

const speakers = [...new Set(clips.map(({ speaker }) => speaker))].sort();
const speakerOf = new Map(clips.map(({ name, speaker }) => [name, speaker]));
const isFirst = ({ clip }: { readonly clip: string }) => speakers.indexOf(speakerOf.get(clip)!) % 2 === 0; // every clip has one
const isSecond = (hit: { readonly clip: string }) => !isFirst(hit);
const percent = (share: number) => (100 * share).toFixed(1);

/** Hits of each half of the speakers from the threshold that has the best F1 on the other half. */
function crossTuned(judged: readonly JudgedDetection[]): JudgedDetection[] {
  return [[isFirst, isSecond] as const, [isSecond, isFirst] as const].flatMap(([tuned, tried]) => {
    const threshold = bestThreshold(judged.filter(tuned), { occurrences: occurrences.filter(tuned) });
    process.stderr.write(`threshold ${threshold.toFixed(3)} is best for one half of the speakers\n`);
    return judged.filter(tried).filter(({ score }) => score >= threshold);
  });
}

/** [clips] what F1 is made of. */
function countsOf(judged: readonly JudgedDetection[]) {
  const found = judged.filter(({ correct }) => correct);
  return new Map(
    clips.map(({ name, words: said }) => [
      name,
      {
        found: found.filter(({ clip }) => clip === name).length,
        taken: judged.filter(({ clip }) => clip === name).length,
        said: said.filter(({ term }) => terms.includes(term)).length,
      },
    ]),
  );
}

/** F1, or how much it is above that of another way, when speakers are drawn again: the same ones for both. */
function f1Interval(judged: readonly JudgedDetection[], other?: readonly JudgedDetection[]) {
  const f1 = (counts: ReturnType<typeof countsOf>, drawn: readonly SpokenClip[]) => {
    const sum = (key: "found" | "taken" | "said") =>
      drawn.reduce((total, { name }) => total + counts.get(name)![key], 0); // every clip is counted
    return (2 * sum("found")) / (sum("taken") + sum("said"));
  };
  const [own, others] = [countsOf(judged), other && countsOf(other)];
  const measure = (drawn: readonly SpokenClip[]) => f1(own, drawn) - (others ? f1(others, drawn) : 0);
  return bootstrapInterval(clips, measure, { groupOf: ({ speaker }) => speaker });
}

const perHour = (falseAlarms: number) => ((falseAlarms * 3600) / (terms.length * seconds)).toFixed(2);

/** @param judged hits that are reported */
function printRow(name: string, judged: readonly JudgedDetection[]): void {
  const { precision, recall, falseAlarms } = detectionRates(judged, speech);
  const { value, low, high } = f1Interval(judged);
  const f1 = `${percent(value)} (${percent(low)} to ${percent(high)})`;
  const cells = [name, percent(precision), percent(recall), f1, perHour(falseAlarms), termWeightedValue(judged, speech).toFixed(3)]; // prettier-ignore
  process.stdout.write(`| ${cells.join(" | ")} |\n`);
}

const curve = search(LEAST_THRESHOLD);
const byDefault = search(DEFAULT_THRESHOLD);
process.stdout.write(`${source}, AN4 dev: ${clips.length} clips of ${speakers.length} speakers, ${seconds.toFixed(0)} s; ${terms.length} words, ${occurrences.length} occurrences\n\n`); // prettier-ignore
process.stdout.write("| hits | precision % | recall % | F1 % (95 % over speakers) | false alarms a word and hour | TWV |\n|---|---|---|---|---|---|\n"); // prettier-ignore
printRow("words of the greedy transcript", transcript);
printRow(`keyword search, confidence of at least ${DEFAULT_THRESHOLD} (default)`, byDefault);
printRow("keyword search, threshold from the other half of the speakers", crossTuned(curve));
const { value, low, high } = f1Interval(byDefault, transcript);
process.stdout.write(`\nThe default's F1 is above the transcript's by ${percent(value)} (${percent(low)} to ${percent(high)}).\n\n`); // prettier-ignore

process.stdout.write("| over all thresholds | MTWV | at threshold | FOM % |\n|---|---|---|---|\n");
for (const [name, judged] of [
  ["words of the greedy transcript, by their confidence", transcript],
  ["keyword search", curve],
] as const) {
  const most = maximumTermWeightedValue(judged, speech);
  process.stdout.write(`| ${name} | ${most.value.toFixed(3)} | ${most.threshold.toFixed(3)} | ${percent(figureOfMerit(judged, speech))} |\n`); // prettier-ignore
}

process.stdout.write("\n| keyword search, threshold | precision % | recall % | F1 % | false alarms a word and hour | TWV |\n|---|---|---|---|---|---|\n"); // prettier-ignore
for (const threshold of [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]) {
  const { precision, recall, f1, falseAlarms } = detectionRates(curve, speech, threshold);
  const cells = [threshold, percent(precision), percent(recall), percent(f1), perHour(falseAlarms), termWeightedValue(curve, speech, threshold).toFixed(3)]; // prettier-ignore
  process.stdout.write(`| ${cells.join(" | ")} |\n`);
}
