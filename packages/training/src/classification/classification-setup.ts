// A classifier that a configuration describes, before any recording is opened: labels, head, parameters, what learns.
import { featureOutputs, graph, type Head, type Param } from "@wav2vec/core";
import type { ClassificationConfig } from "../config/classification-config.js";
import type { Entry } from "../data/entry.js";
import { readEntries } from "../data/read-entries.js";
import { createRandom } from "../random.js";
import { openStart, type StartingPoint } from "../run/starting-point.js";
import type { AtEnd } from "../run/with-cleanup.js";
import { encoderInTraining, type EncoderRecipe } from "../trainer/encoder-in-training.js";
import type { Stage } from "../trainer/trainer.js";
import { chooseHead, type ChosenHead } from "./choose-head.js";
import { groupFolds } from "./group-folds.js";
import { encoderSource } from "./output-source.js";
import { columnOf, readTargets, type TargetReader } from "./targets.js";

/** A head of one's own, given the names of its outputs. */
export type MakeHead = (labels: readonly string[]) => Head;

/** Everything that is known before recordings are opened. */
export interface ClassificationSetup extends ChosenHead {
  readonly start: StartingPoint;
  readonly recipe: EncoderRecipe;
  readonly targets: TargetReader;
  /** Of encoder, head and loss in training form. */
  readonly params: readonly Param[];
  readonly isHead: (name: string) => boolean;
  readonly stages: readonly Stage[];
  /** Whether an entry of `data.train` is held out for the dev part. */
  readonly isHeld: (entry: Entry) => boolean;
}

/** Works out the classifier; reads tables and no audio. The checkpoint is open until the end. */
export async function setUpClassification(
  config: ClassificationConfig,
  atEnd: AtEnd,
  makeHead?: MakeHead,
): Promise<ClassificationSetup> {
  const entries = (await Promise.all(config.data.train.map(readEntries))).flat();
  const targets = readTargets(config.target, entries);
  const chosen = chooseHead(config, targets.labels, makeHead?.(targets.labels));
  const opened = await openStart(config.init, config.model, atEnd);
  const { time, channel } = config.masks ?? {};
  const start = {
    ...opened,
    fields: {
      ...opened.fields,
      ...chosen.fields,
      apply_spec_augment: time !== undefined || channel !== undefined,
      mask_time_prob: time?.probability ?? 0,
      mask_time_length: time?.length ?? 10,
      mask_feature_prob: channel?.probability ?? 0,
      mask_feature_length: channel?.length ?? 10,
    },
  };
  const learns = config.parts === "all";
  const { projection = 0, hidden = 0.1, attention = 0.1, activation = 0, layer = 0 } = config.dropout ?? {};
  const recipe: EncoderRecipe = {
    normalise: start.normalise,
    rates: learns ? { projection, hidden, attention, activation, layer } : {},
    timeMask: time,
    channelMask: channel,
  };
  const { features } = encoderInTraining(start.config, recipe);
  const ofEncoder = graph(featureOutputs(features, { layers: true })).params;
  const names = new Set(ofEncoder.map(({ name }) => name));
  const outputs = encoderSource(start.config, chosen.head, recipe).outputs;
  const ofAll = graph({ ...outputs, ...chosen.objective.build(outputs) }).params;
  const isHead = (name: string) => !names.has(name);
  return {
    ...chosen,
    start,
    recipe,
    targets,
    params: [...ofEncoder, ...ofAll.filter(({ name }) => isHead(name))],
    isHead,
    stages: stagesOf(config, isHead),
    isHeld: heldEntries(config, entries),
  };
}

function stagesOf(
  { parts, freezeFeatureEncoder, freezeEncoderUpdates }: ClassificationConfig,
  isHead: (name: string) => boolean,
): Stage[] {
  if (parts === "head") return [{ from: 0, isTrained: (name) => isHead(name) && name !== "layer_weights" }];
  if (parts === "head-and-layers") return [{ from: 0, isTrained: isHead }];
  const isFrozen = (name: string) =>
    freezeFeatureEncoder && name.startsWith("feature_extractor.conv_layers.");
  const all = { from: freezeEncoderUpdates, isTrained: (name: string) => !isFrozen(name) };
  return freezeEncoderUpdates === 0 ? [all] : [{ from: 0, isTrained: isHead }, all];
}

function heldEntries({ data: { hold }, seed }: ClassificationConfig, entries: readonly Entry[]) {
  if (!hold) return () => false;
  const groups = entries.map((entry, i) => String(columnOf(entry, hold.by) ?? `entry ${i}`));
  const folds = groupFolds(groups, hold.folds, createRandom(seed));
  const held = new Set(entries.flatMap(({ path }, i) => (folds[i] === hold.fold ? [path] : [])));
  return ({ path }: Entry) => held.has(path);
}
