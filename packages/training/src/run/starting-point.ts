// Where training starts: a checkpoint with what it lacks drawn at random, or a model from random weights.
import { bindModel, openCheckpoint, type Checkpoint } from "@wav2vec/checkpoints";
import {
  parseConfig,
  weightFromArray,
  type Param,
  type Wav2Vec2Config,
  type WeightHandle,
  type Weights,
} from "@wav2vec/core";
import { initialWeights } from "../initial-weights.js";
import type { Random } from "../random.js";
import { TrainingError } from "./events.js";
import type { AtEnd } from "./with-cleanup.js";

/** A model before its first update. */
export interface StartingPoint {
  /** Fields of config.json. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly config: Wav2Vec2Config;
  readonly normalise: boolean;
  /** The checkpoint that it came from. */
  readonly checkpoint?: Checkpoint;
}

/**
 * Opens what training starts from, without its weights.
 *
 * @param model fields for a model from random weights; base's where absent
 * @param atEnd closes the checkpoint, whose weights are read while they are needed
 */
export async function openStart(
  init: string | undefined,
  model: Readonly<Record<string, unknown>> | undefined,
  atEnd: AtEnd,
): Promise<StartingPoint> {
  if (init === undefined) {
    const fields = { model_type: "wav2vec2", pad_token_id: 0, bos_token_id: 1, eos_token_id: 2, ...model };
    return { fields, config: parseConfig(fields), normalise: true };
  }
  const checkpoint = await openCheckpoint(init);
  atEnd(() => checkpoint.close());
  const fields = { ...checkpoint.config };
  return {
    fields,
    config: parseConfig(fields),
    normalise: checkpoint.preprocessor?.doNormalize ?? true,
    checkpoint,
  };
}

/** Which parameters need not, or must not, come from the checkpoint. */
export interface NewParameters {
  readonly mayBeNew: (name: string) => boolean;
  readonly mustBeNew?: (name: string) => boolean;
  /** Which are a head's, of whatever kind; see `initialWeights`. */
  readonly isHead?: (name: string) => boolean;
}

/**
 * The weights of `params`: from the checkpoint, and drawn at random where it lacks what may be new.
 *
 * @throws WeightError listing parameters that are missing, misshapen or unused
 */
export function startingWeights(
  params: readonly Param[],
  { checkpoint, config }: StartingPoint,
  random: Random,
  { mayBeNew, mustBeNew = () => false, isHead }: NewParameters,
): Weights {
  const isKnown = ({ name }: Param) =>
    checkpoint !== undefined && !mustBeNew(name) && (checkpoint.weights.has(name) || !mayBeNew(name));
  const known = params.filter(isKnown);
  const drawn = initialWeights(params.filter((param) => !isKnown(param)), random, isHead); // prettier-ignore
  const weights = new Map<string, WeightHandle>();
  if (checkpoint) {
    const bound = bindModel(
      known.map(({ name, shape }) => ({ name, shape: shape as readonly number[] })), // shapes of parameters are numbers
      checkpoint,
      config,
      { ignore: [/^masked_spec_embed$/] },
    ).weights;
    for (const { name } of known) weights.set(name, bound.get(name)!); // bindModel has checked
  }
  for (const [name, handle] of weightsOf(params, drawn)) weights.set(name, handle);
  return weights;
}

/** Drawn values as weights; parameters without are left out. */
export function weightsOf(params: readonly Param[], drawn: ReadonlyMap<string, Float32Array>): Weights {
  return new Map(
    params.flatMap(({ name, shape }) => {
      const values = drawn.get(name);
      return values ? [[name, weightFromArray(values, shape)] as const] : [];
    }),
  );
}

/** The weights of a checkpoint that this run wrote. */
export async function savedWeights(folder: string, params: readonly Param[], atEnd: AtEnd): Promise<Weights> {
  const checkpoint = await openCheckpoint(folder);
  atEnd(() => checkpoint.close());
  const weights = new Map<string, WeightHandle>();
  for (const { name } of params) {
    const handle = checkpoint.weights.get(name);
    if (!handle)
      throw new TrainingError(`resume: ${folder} lacks "${name}"; it is not of this configuration`);
    weights.set(name, handle);
  }
  return weights;
}
