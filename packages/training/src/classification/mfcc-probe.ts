// The baseline that no encoder goes into: a linear classifier on the statistics of MFCC, on the same data and folds.
import { dense, graph, input, scope, symbol, type Backend, type Param, type Tensor } from "@wav2vec/core";
import type { ClassificationConfig } from "../config/classification-config.js";
import type { ClipReader } from "../data/clip-reader.js";
import { initialWeights } from "../initial-weights.js";
import { createRandom } from "../random.js";
import type { TrainingEvent } from "../run/events.js";
import { withCleanup } from "../run/with-cleanup.js";
import { weightsOf } from "../run/starting-point.js";
import { createTrainer } from "../trainer/trainer.js";
import { openLabelled, type LabelledClips } from "./classification-data.js";
import { setUpClassification } from "./classification-setup.js";
import { classificationEvaluator, classificationStep } from "./classification-step.js";
import { measure, type Measured } from "./classification-metrics.js";
import { mfccStatistics } from "./mfcc-statistics.js";
import { rowSource, type ClassificationBatch, type ClipRow } from "./output-source.js";

const UPDATES = 200;
const RATE = 0.04;
/** Pulls weights towards 0, which keeps a linear classifier of few recordings from learning them by heart. */
const DECAY = 0.1;
/** Of voices, which are compared rather than classified. */
const EMBEDDING = 64;

/**
 * Multinomial logistic regression (or, by the configured target, several yes-or-no ones, or a linear embedding with a
 * margin) on standardised statistics: all recordings in each update, AdamW with decay.
 *
 * @param known statistics by path; those that are not there yet are added
 * @returns what the dev part measures; undefined for targets of frames and of values, which statistics do not suit
 */
export async function mfccProbe<T extends Tensor>(
  config: ClassificationConfig,
  { backend, onEvent }: { readonly backend: Backend<T>; readonly onEvent: (event: TrainingEvent) => void },
  reader: ClipReader,
  known: Map<string, Float32Array>,
): Promise<Measured | undefined> {
  if (config.target.kind === "frames" || config.target.kind === "values") return undefined;
  const setup = await withCleanup((atEnd) => setUpClassification(config, atEnd)); // no weight is read
  const { train, dev } = await openLabelled(config, setup, reader, onEvent, undefined);
  if (!dev) return undefined;
  const [trainRows, devRows] = (await Promise.all([train, dev].map((part) => statisticsOf(part, known)))) as [
    Float32Array[],
    Float32Array[],
  ]; // two in, two out
  const standardise = standardiser(trainRows);
  const rowOf = (rows: readonly Float32Array[]) => (index: number) => Promise.resolve<ClipRow>({ frames: 1, parts: { mfcc: { data: standardise(rows[index]!), shape: [rows[index]!.length] } } }); // prettier-ignore

  const isOpen = config.target.kind === "class" && config.target.openSet;
  const width = trainRows[0]!.length; // openPart refuses an empty part
  const out = dense(
    input("mfcc", [symbol("batch"), width]),
    scope("classifier"),
    isOpen ? EMBEDDING : setup.targets.labels.length,
  );
  const outputs = isOpen ? { embedding: out } : { logits: out };
  const { objective } = setup;
  const params: readonly Param[] = graph({ ...outputs, ...objective.build(outputs) }).params;
  const weights = weightsOf(
    params,
    initialWeights(params, createRandom(config.seed), () => true),
  );
  const sources = {
    train: rowSource({ outputs }, rowOf(trainRows)),
    dev: rowSource({ outputs }, rowOf(devRows)),
  };
  const isTrained = () => true;
  const trainer = createTrainer<ClassificationBatch, T>({
    backend,
    weights,
    stages: [{ from: 0, isTrained }],
    optimizer: { betas: [0.9, 0.999], eps: 1e-8, epsRule: "torch", weightDecay: DECAY, clip: 0, headRate: 1 },
    makeStep: (frozen) => classificationStep(sources.train, objective, backend, frozen, isTrained),
  });
  try {
    const all = batchOf(train);
    const random = createRandom(config.seed);
    const once = async function* () {
      yield all;
    };
    for (let update = 0; update < UPDATES; update++)
      await trainer.step(update, once(), RATE * (1 - update / UPDATES), random);
    const evaluator = await classificationEvaluator(sources.dev, objective, backend, weights, isTrained);
    try {
      const judged = await evaluator.run(
        (async function* () {
          yield batchOf(dev);
        })(),
        trainer.parameters(),
      );
      return measure(judged, dev, config.target, setup.targets.labels);
    } finally {
      evaluator.dispose();
    }
  } finally {
    trainer.dispose();
  }
}

async function statisticsOf({ clips, load }: LabelledClips, known: Map<string, Float32Array>) {
  const rows: Float32Array[] = [];
  for (const [i, { entry }] of clips.entries()) {
    const row = known.get(entry.path) ?? mfccStatistics(await load(i));
    known.set(entry.path, row);
    rows.push(row);
  }
  return rows;
}

function batchOf({ clips, targets }: LabelledClips): ClassificationBatch {
  return { names: clips.map(({ name }) => name), clips: [], indices: [...clips.keys()], targets };
}

/** Mean 0 and deviation 1 of each number over the training part. */
function standardiser(rows: readonly Float32Array[]): (row: Float32Array) => Float32Array {
  const width = rows[0]!.length; // not empty
  const means = new Float64Array(width);
  const squares = new Float64Array(width);
  for (const row of rows) row.forEach((x, i) => (means[i]! += x / rows.length));
  for (const row of rows) row.forEach((x, i) => (squares[i]! += (x - means[i]!) ** 2 / rows.length));
  return (row) => row.map((x, i) => (x - means[i]!) / Math.sqrt(squares[i]! + 1e-8));
}
