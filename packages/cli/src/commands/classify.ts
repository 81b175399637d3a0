// `wav2vec classify`: what recordings are, by a classifier or a regressor of whole clips, as a whole or in windows.
import type { Checkpoint } from "@wav2vec/checkpoints";
import { createEmotionRecognizer } from "@wav2vec/emotion";
import { problemTypeOf, type Score, type TimelineOptions } from "@wav2vec/heads";
import { createIntentClassifier } from "@wav2vec/intent";
import { loadBackend, type BackendName } from "../backend.js";
import type { InputFile } from "../input-files.js";
import { UsageError } from "../usage-error.js";
import { eachRecording } from "./each-recording.js";
import { openModel } from "./open-model.js";

/** Options of the command, as the command line gives them. */
export interface ClassifyOptions {
  readonly model: string;
  readonly groups?: string;
  readonly top?: number;
  readonly window?: number;
  readonly hop?: number;
  readonly format: "text" | "json";
  readonly backend: BackendName;
  readonly threads?: number;
  readonly offline?: true;
  readonly quiet?: true;
}

/** One thing heard: labels of each group, or values of dimensions. */
type Judgement = Readonly<Record<string, readonly Score[] | number>>;

interface Classifier {
  judge(source: InputFile["source"]): Promise<Judgement>;
  timeline(
    source: InputFile["source"],
    options: TimelineOptions,
  ): AsyncGenerator<{ readonly start: number; readonly end: number; readonly judgement: Judgement }>;
  dispose(): void;
}

/** @returns the exit code: 1 if any recording failed */
export async function classify(names: readonly string[], options: ClassifyOptions): Promise<number> {
  const { window: windowSeconds, hop: hopSeconds, top = 1 } = options;
  if (windowSeconds === undefined && hopSeconds !== undefined)
    throw new UsageError("--hop: belongs to --window; add that, or leave it out");
  const groups = options.groups === undefined ? undefined : parseGroups(options.groups);
  return eachRecording(names, options, async (progress) => {
    const checkpoint = await openModel(options.model, options.offline, progress);
    const classifier = await classifierOf(checkpoint, groups, options).catch(async (error: unknown) => {
      await checkpoint.close();
      throw error;
    });
    return {
      async work({ source }) {
        if (windowSeconds === undefined) {
          const judgement = await classifier.judge(source);
          return { lines: linesOf(judgement, top), json: best(judgement, top) };
        }
        const lines: string[][] = [];
        const segments: object[] = [];
        const timeline = { windowSeconds, ...(hopSeconds !== undefined && { hopSeconds }) };
        for await (const { start, end, judgement } of classifier.timeline(source, timeline)) {
          lines.push(
            ...linesOf(judgement, top).map((fields) => [start.toFixed(2), end.toFixed(2), ...fields]),
          );
          segments.push({ start, end, ...best(judgement, top) });
        }
        return { lines, json: { segments } };
      },
      async dispose() {
        classifier.dispose();
        await checkpoint.close();
      },
    };
  });
}

async function classifierOf(
  checkpoint: Checkpoint,
  groups: Readonly<Record<string, number>> | undefined,
  options: ClassifyOptions,
): Promise<Classifier> {
  const backend = await loadBackend(options.backend, options.threads);
  const isRegression = problemTypeOf(checkpoint) === "regression";
  if (isRegression || checkpoint.weights.has("classifier.out_proj.weight")) {
    if (groups || options.top !== undefined)
      throw new UsageError("--groups, --top: this model predicts dimensions, not labels; leave them out");
    const recognizer = await createEmotionRecognizer({ model: checkpoint, backend });
    const valuesOf = (emotion: Awaited<ReturnType<typeof recognizer.recognize>>): Judgement =>
      emotion.kind === "dimensions" ? emotion.dimensions : { label: emotion.categories };
    return {
      judge: async (source) => valuesOf(await recognizer.recognize(source)),
      async *timeline(source, timeline) {
        for await (const { start, end, emotion } of recognizer.timeline(source, timeline))
          yield { start, end, judgement: valuesOf(emotion) };
      },
      dispose: () => recognizer.dispose(),
    };
  }
  const classifier = await createIntentClassifier<string>({
    model: checkpoint,
    backend,
    ...(groups && { groups }),
  });
  const named = (intent: Judgement): Judgement => (groups ? intent : { label: intent["intent"]! }); // the one group without --groups
  return {
    judge: async (source) => named(await classifier.classify(source)),
    async *timeline(source, timeline) {
      for await (const { start, end, intent } of classifier.timeline(source, timeline))
        yield { start, end, judgement: named(intent) };
    },
    dispose: () => classifier.dispose(),
  };
}

/** @throws UsageError for anything but name=count,name=count */
function parseGroups(text: string): Record<string, number> {
  const entries = text.split(",").map((part) => /^\s*([^=\s]+)\s*=\s*(\d+)\s*$/.exec(part));
  const names = entries.map((entry) => entry?.[1]);
  if (names.includes(undefined) || new Set(names).size !== names.length)
    throw new UsageError(
      `--groups: got "${text}"; expected names and counts of labels, e.g. action=6,object=14`,
    );
  return Object.fromEntries(entries.map((entry) => [entry![1]!, Number(entry![2])])); // all matched, with two groups
}

function best(judgement: Judgement, top: number): object {
  return Object.fromEntries(
    Object.entries(judgement).map(([name, told]) => [
      name,
      typeof told === "number" ? told : told.slice(0, top),
    ]),
  );
}

/** The name of a group stands first unless it is the only one. */
function linesOf(judgement: Judgement, top: number): string[][] {
  return Object.entries(judgement).flatMap(([name, told]) =>
    typeof told === "number"
      ? [[name, told.toFixed(4)]]
      : told
          .slice(0, top)
          .map(({ label, probability }) => [
            ...(name === "label" ? [] : [name]),
            label,
            probability.toFixed(4),
          ]),
  );
}
