// How far word times are from the truth, for each way to get them; nothing is trained on the clips but what a row says.
// Run: npx tsx --conditions=@wav2vec/source tools/bench/alignment-accuracy/run.ts [shared folder] [model]
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { acousticModel, type AcousticModel } from "@wav2vec/asr";
import { ortBackend } from "@wav2vec/backend-ort";
import { openCheckpoint } from "@wav2vec/checkpoints";
import {
  boundaryDifferences,
  boundaryErrors,
  decodeGreedy,
  fitShift,
  frameClock,
  spreadWords,
  type Marked,
} from "@wav2vec/decoders";
import * as ort from "onnxruntime-node";
import { fliteClips, timitClips, type MarkedClip } from "./marked-clips.js";
import { makeMethod, type Method, type MethodSettings, type SpelledClip } from "./methods.js";
import { spellWords, type SpelledWords } from "./spell-words.js";

const beside = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const [shared = process.env["WAV2VEC_SHARED"] ?? beside("../shared"), model = beside("models/en-tiny")] =
  process.argv.slice(2);

/** Every row of the table. `fit` is what is fitted on one half of the speakers and tried on the other. */
const rows: readonly { name: string; settings: MethodSettings; fit?: "shift" | "spread" }[] = [
  { name: "best path", settings: { times: "path" } },
  { name: "sub-frame interpolation", settings: { times: "interpolated" } },
  { name: "posterior mean", settings: { times: "mean" } },
  { name: "posterior median", settings: { times: "median" } },
  { name: "posterior quantiles 0.2, 0.8", settings: { times: "quantiles 0.2, 0.8" } },
  { name: "label priors, path", settings: { times: "path", priors: 1 } },
  { name: "label priors, median", settings: { times: "median", priors: 1 } },
  { name: "path, shift fitted", settings: { times: "path" }, fit: "shift" },
  { name: "path, spread 60 ms", settings: { times: "path", spread: 0.06 } },
  { name: "interpolation, spread 60 ms", settings: { times: "interpolated", spread: 0.06 } },
  { name: "mean, spread 60 ms", settings: { times: "mean", spread: 0.06 } },
  { name: "**median, spread 60 ms** (default)", settings: { times: "median", spread: 0.06 } },
  { name: "label priors, median, spread 60 ms", settings: { times: "median", priors: 1, spread: 0.06 } },
  { name: "median, spread fitted", settings: { times: "median" }, fit: "spread" },
  { name: "median, spread 60 ms, shift fitted", settings: { times: "median", spread: 0.06 }, fit: "shift" },
];

interface Differences {
  readonly starts: number[];
  readonly ends: number[];
}

function differencesOf(method: Method, clips: readonly SpelledClip[]): Differences {
  const all = clips.map((clip) => boundaryDifferences(clip.words, method(clip)));
  return { starts: all.flatMap(({ starts }) => starts), ends: all.flatMap(({ ends }) => ends) };
}

/** Fits on one half of the speakers, tries on the other, and the other way round. */
function crossFitted(
  settings: MethodSettings,
  fit: "shift" | "spread",
  clips: readonly SpelledClip[],
): Differences {
  const speakers = [...new Set(clips.map(({ speaker }) => speaker))].sort();
  const isFirst = ({ speaker }: SpelledClip) => speakers.indexOf(speaker) % 2 === 0;
  const halves = [clips.filter(isFirst), clips.filter((clip) => !isFirst(clip))] as const;
  const results = [halves, [halves[1], halves[0]] as const].map(([train, test]) => {
    if (fit === "shift") {
      const method = makeMethod(settings);
      const [known, found] = [differencesOf(method, train), differencesOf(method, test)];
      const move = (values: number[], by: number) => values.map((value) => value + by);
      return {
        starts: move(found.starts, fitShift(known.starts)),
        ends: move(found.ends, fitShift(known.ends)),
      };
    }
    const trials = [0, 0.02, 0.04, 0.05, 0.06, 0.07, 0.08, 0.1, 0.12].map((spread) => {
      const { starts, ends } = differencesOf(makeMethod({ ...settings, spread }), train);
      return { spread, error: boundaryErrors([...starts, ...ends]).meanAbsolute };
    });
    const { spread } = trials.reduce((best, trial) => (trial.error < best.error ? trial : best));
    process.stderr.write(`spread fitted on one half of the speakers: ${spread * 1000} ms\n`);
    return differencesOf(makeMethod({ ...settings, spread }), test);
  });
  return { starts: results.flatMap(({ starts }) => starts), ends: results.flatMap(({ ends }) => ends) };
}

/** Spells words; undefined if one has no letter that the model knows. */
const spell = ({ vocabulary }: AcousticModel, words: readonly Marked[]): SpelledWords | undefined =>
  spellWords(
    words.map(({ text }) => text.toUpperCase().replace(/[^A-Z']/gu, "")),
    vocabulary,
  );

/** Ways to time the words of a greedy transcript; of them only those that are right can be compared. */
function transcriptMethods(acoustic: AcousticModel): readonly { name: string; method: Method }[] {
  const { vocabulary } = acoustic;
  const clock = frameClock(acoustic.secondsPerFrame, acoustic.emissionDelay);
  const seconds = (words: readonly Marked[]) =>
    words.map(({ text, start, end }) => ({ text: text.toLowerCase(), start: clock(start), end: clock(end) })); // prettier-ignore
  const again = makeMethod({ times: "median", spread: 0.06 });
  return [
    { name: "greedy path", method: ({ emissions }) => seconds(decodeGreedy(emissions, vocabulary).words) },
    {
      name: "greedy path, `spreadWords`",
      method: ({ emissions }) => seconds(spreadWords(decodeGreedy(emissions, vocabulary).words)),
    },
    {
      name: "aligned again: median, spread 60 ms",
      method: (clip) => {
        const words = seconds(decodeGreedy(clip.emissions, vocabulary).words);
        const spelled = spell(acoustic, words);
        return spelled && words.length > 0 ? again({ ...clip, words, ...spelled }) : [];
      },
    },
  ];
}

async function report(name: string, acoustic: AcousticModel, marked: readonly MarkedClip[]): Promise<void> {
  const clips: SpelledClip[] = [];
  const clock = frameClock(acoustic.secondsPerFrame, acoustic.emissionDelay);
  for (const clip of marked) {
    const spelled = spell(acoustic, clip.words);
    const [emissions] = await acoustic.emissions([clip.samples]);
    const data = emissions!.data.slice(); // one clip, one answer
    const words = clip.words.map((word) => ({ ...word, text: word.text.toLowerCase() }));
    if (spelled) clips.push({ ...clip, words, ...spelled, emissions: { ...emissions!, data }, clock });
  }
  const words = clips.reduce((sum, clip) => sum + clip.words.length, 0);
  const speakers = new Set(clips.map(({ speaker }) => speaker)).size;
  process.stdout.write(`\n${name}: ${clips.length} clips, ${speakers} voices, ${words} words\n`);
  printHead("known text");
  for (const { name: row, settings, fit } of rows)
    printRow(row, fit ? crossFitted(settings, fit, clips) : differencesOf(makeMethod(settings), clips));
  printHead("transcribed text");
  for (const { name: row, method } of transcriptMethods(acoustic)) {
    const found = differencesOf(method, clips);
    printRow(`${row} (${found.starts.length} right words)`, found);
  }
}

function printHead(first: string): void {
  process.stdout.write(
    `\n| ${first} | mean | median | starts | ends | ≤ 10 ms | ≤ 25 ms | ≤ 50 ms | ≤ 100 ms |\n`,
  );
  process.stdout.write("|---|---|---|---|---|---|---|---|---|\n");
}

function printRow(name: string, { starts, ends }: Differences): void {
  const all = boundaryErrors([...starts, ...ends]);
  const ms = (seconds: number) => (seconds * 1000).toFixed(1);
  const signed = (values: number[]) => {
    const { meanAbsolute, bias } = boundaryErrors(values);
    return `${ms(meanAbsolute)} (${bias < 0 ? "" : "+"}${ms(bias)})`;
  };
  const shares = ([10, 25, 50, 100] as const).map((limit) => `${(all.within[limit] * 100).toFixed(1)} %`);
  const cells = [name, ms(all.meanAbsolute), ms(all.medianAbsolute), signed(starts), signed(ends), ...shares];
  process.stdout.write(`| ${cells.join(" | ")} |\n`);
}

const checkpoint = await openCheckpoint(model);
const acoustic = await acousticModel(checkpoint, ortBackend({ ort, threads: 2 }));
const timit = join(shared, "data/timit-sample-dev");
if (existsSync(timit)) await report("TIMIT sample, words marked by hand", acoustic, await timitClips(timit));
else process.stderr.write(`no ${timit}: TIMIT is left out\n`);
const an4 = join(shared, "data/an4/metadata.jsonl");
if (existsSync(an4)) {
  const lines = readFileSync(an4, "utf8").trim().split("\n");
  const clips = lines.map((line) => JSON.parse(line) as { split: string; transcription: string });
  const phrases = clips.filter(({ split }) => split === "dev").map(({ transcription }) => transcription);
  const folder = mkdtempSync(join(tmpdir(), "alignment-accuracy-"));
  try {
    const spoken = await fliteClips([...new Set(phrases)].slice(0, 40), folder);
    await report("AN4 dev phrases spoken by flite", acoustic, spoken);
  } finally {
    rmSync(folder, { recursive: true });
  }
} else process.stderr.write(`no ${an4}: flite's clips are left out\n`);
acoustic.dispose();
await checkpoint.close();
