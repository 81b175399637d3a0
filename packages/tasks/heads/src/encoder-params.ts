// Which weights an encoder needs, whatever a head reads of it, and whether two checkpoints share theirs.
import { bindModel, type Checkpoint, type ParameterSpec } from "@wav2vec/checkpoints";
import {
  clipGraph,
  headGraph,
  WeightError,
  type Param,
  type Wav2Vec2Config,
  type Weights,
} from "@wav2vec/core";

/** Parameters of the whole encoder: a head over the layers alone leaves the final norm out. */
export function encoderParams(config: Wav2Vec2Config): readonly Param[] {
  return clipGraph(
    headGraph(config, ({ last }) => ({ last })),
    false,
  ).params;
}

/** An x-vector's linear layer lies in the module of the convolutions. */
const XVECTOR_LINEAR = /^feature_extractor\.(weight|bias)$/;
const CONVOLUTIONS = /^feature_extractor\.conv_layers\./;

/** Binds the encoder of a checkpoint. @throws WeightError listing all that does not fit */
export function bindEncoder(checkpoint: Checkpoint, config: Wav2Vec2Config): Weights {
  return bindModel(encoderParams(config), checkpoint, config, { ignore: [XVECTOR_LINEAR] }).weights;
}

/** Binds a head of a checkpoint that may hold an encoder too. @throws WeightError listing all that does not fit */
export function bindHead(
  params: readonly ParameterSpec[],
  checkpoint: Checkpoint,
  config: Wav2Vec2Config,
): Weights {
  return bindModel(params, checkpoint, config, { ignore: [CONVOLUTIONS] }).weights;
}

/**
 * Makes sure that a head was trained on this encoder, where its checkpoint holds one: compares the vectors (biases and
 * norms) of the first and the last layer, which no training leaves as they were.
 *
 * @throws WeightError if they differ
 */
export async function checkSameEncoder(
  encoder: Checkpoint,
  head: Checkpoint,
  config: Wav2Vec2Config,
): Promise<void> {
  const layers = new RegExp(`^encoder\\.layers\\.(0|${config.layers - 1})\\.`);
  const vectors = encoderParams(config).filter(({ name, shape }) => shape.length === 1 && layers.test(name));
  for (const { name } of vectors) {
    const [own, its] = [encoder.weights.get(name), head.weights.get(name)];
    if (!own || !its || own === its) continue;
    const [a, b] = await Promise.all([own.read(), its.read()]);
    if (a.length === b.length && a.every((x, i) => x === b[i])) continue;
    throw new WeightError(
      `weights: ${head.source} holds a head on another encoder than that of ${encoder.source}: "${name}" differs; expected the encoder it was trained on; open the two as one with openHead`,
      [{ kind: "shape", path: name, detail: `differs: "${name}"` }],
    );
  }
}
