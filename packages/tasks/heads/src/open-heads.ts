// Several heads on one pass of an encoder: compiled into one program with it, or on features that it left on the device.
import { openCheckpoint, type Checkpoint } from "@wav2vec/checkpoints";
import {
  clipPart,
  clipPrograms,
  featureInputs,
  graph,
  headsGraph,
  parseConfig,
  receptiveField,
  samplesPerFrame,
  scope,
  weightsUnder,
  type Backend,
  type ClipOutput,
  type Head,
  type Wav2Vec2Config,
  type WeightHandle,
  type Weights,
} from "@wav2vec/core";
import { bindEncoder, bindHead, checkSameEncoder } from "./encoder-params.js";
import type { ClipFeatures, OpenEncoder } from "./open-encoder.js";
import { readClip, type Recording } from "./recording.js";
import { usingModel } from "./using-model.js";

/** A head and where its weights lie. */
export interface HeadSource {
  /** An open checkpoint, or where to open one; an encoder in it must be the one that all share. */
  readonly model: Checkpoint | string;
  readonly head: (checkpoint: Checkpoint, config: Wav2Vec2Config) => Head;
  /** Fewest frames that the head can work with. Default 1. */
  readonly leastFrames?: (checkpoint: Checkpoint) => number;
}

/** What each head says of one clip, by name of head and output. */
export type HeadsOutputs<Name extends string> = Readonly<Record<Name, Readonly<Record<string, ClipOutput>>>>;

/** Heads and encoder in one program; dispose of it when done. */
export interface OpenHeads<Name extends string> {
  /**
   * Outputs for each recording, as if it were alone. Together they are one batch.
   *
   * @throws AudioError if a recording cannot be read or is too short for a head
   */
  run(recordings: readonly Recording[]): Promise<HeadsOutputs<Name>[]>;
  /** Frees the model; checkpoints that were passed in stay open. */
  dispose(): void;
}

/**
 * Compiles an encoder with several heads, which then cost one pass of it together.
 *
 * @param model the encoder: an open checkpoint, or where to open one
 * @param heads by a name of one's choice
 * @throws ConfigError or WeightError if weights do not fit, or a head was trained on another encoder
 */
export async function openHeads<Name extends string>({
  model,
  backend,
  heads,
}: {
  readonly model: Checkpoint | string;
  readonly backend: Backend;
  readonly heads: Readonly<Record<Name, HeadSource>>;
}): Promise<OpenHeads<Name>> {
  return usingModel(model, async (checkpoint, close) => {
    const config = parseConfig(checkpoint.config);
    const weights = bindEncoder(checkpoint, config);
    const bound = await bindHeads(heads, checkpoint, config);
    const programs = await clipPrograms(
      headsGraph(config, bound.heads),
      backend,
      new Map([...weights, ...bound.weights]),
      { normalise: checkpoint.preprocessor?.doNormalize ?? true, name: checkpoint.source },
    ).catch(async (error: unknown) => {
      await bound.close();
      throw error;
    });
    const least = receptiveField(config) + (bound.leastFrames - 1) * samplesPerFrame(config);
    return {
      async run(recordings) {
        const clips = await Promise.all(recordings.map((recording) => readClip(recording, least)));
        const outputs = await programs.run(clips);
        return clips.map((_, row) => byHead<Name>(outputs, row));
      },
      dispose() {
        programs.dispose();
        void bound.close();
        close();
      },
    };
  });
}

/** Heads that read features; dispose of them when done. */
export interface FeatureHeads<Name extends string> {
  /** Whether they read layers: `encode(recordings, { layers })`. */
  readonly layers: boolean;
  /**
   * Outputs for each clip. The features stay valid and on the device.
   *
   * @throws RangeError if the heads read layers and the features have none, or a clip has too few frames
   */
  run(features: ClipFeatures): Promise<HeadsOutputs<Name>[]>;
  dispose(): void;
}

/**
 * Compiles heads into a program of their own, which is fed with what `encoder.encode` gives: heads can come and go while
 * the encoder stays.
 *
 * @throws ConfigError or WeightError if weights do not fit, or a head was trained on another encoder
 */
export async function headsOn<Name extends string>(
  { checkpoint, config, backend }: OpenEncoder,
  heads: Readonly<Record<Name, HeadSource>>,
): Promise<FeatureHeads<Name>> {
  const bound = await bindHeads(heads, checkpoint, config);
  const features = featureInputs(config, { layers: true, padded: true });
  const definition = graph(
    Object.fromEntries(
      Object.entries(bound.heads).flatMap(([name, head]) =>
        Object.entries(head(features, scope(name))).map(([output, value]) => [`${name}.${output}`, value]),
      ),
    ),
  );
  const read = definition.inputs.map(({ name }) => name);
  const layers = read.some((name) => name.startsWith("hidden."));
  const program = await backend.compile(definition, bound.weights, { name: Object.keys(heads).join(", ") });
  return {
    layers,
    async run({ tensors, frameCounts, layers: hasLayers }) {
      if (layers && !hasLayers)
        throw new RangeError("heads: they read layers, the features have none; encode with { layers: true }");
      const fewest = Math.min(...frameCounts);
      if (fewest < bound.leastFrames)
        throw new RangeError(
          `heads: a clip has ${fewest} frames; expected at least ${bound.leastFrames}, the fewest that these heads can judge`,
        );
      const results = await program.run(Object.fromEntries(read.map((name) => [name, tensors[name]!]))); // layers are there
      const outputs: Record<string, ClipOutput[]> = {};
      for (const [name, tensor] of Object.entries(results)) {
        const data = (await backend.download(tensor)) as Float32Array; // defineHead: outputs are float32
        backend.free(tensor);
        outputs[name] = frameCounts.map((frames, row) => clipPart(data, tensor.shape, row, frames));
      }
      return frameCounts.map((_, row) => byHead<Name>(outputs, row));
    },
    dispose() {
      program.dispose();
      void bound.close();
    },
  };
}

/** Heads of checkpoints, with weights as `headsGraph` names them. */
interface BoundHeads {
  readonly heads: Readonly<Record<string, Head>>;
  readonly weights: Weights;
  readonly leastFrames: number;
  close(): Promise<void>;
}

async function bindHeads(
  sources: Readonly<Record<string, HeadSource>>,
  encoder: Checkpoint,
  config: Wav2Vec2Config,
): Promise<BoundHeads> {
  const opened: Checkpoint[] = [];
  const close = async () => {
    for (const checkpoint of opened) await checkpoint.close();
  };
  const heads: Record<string, Head> = {};
  const weights = new Map<string, WeightHandle>();
  let leastFrames = 1;
  try {
    for (const [name, { model, head: choose, leastFrames: leastOf }] of Object.entries(sources)) {
      const own = typeof model === "string" ? await openCheckpoint(model) : undefined;
      if (own) opened.push(own);
      const checkpoint = own ?? (model as Checkpoint); // not a string, so a checkpoint
      await checkSameEncoder(encoder, checkpoint, config);
      const head = choose(checkpoint, config);
      const { params } = graph(head(featureInputs(config, { layers: true, padded: true }), scope()));
      const bound = bindHead(params, checkpoint, config);
      for (const [key, weight] of weightsUnder(name, bound)) weights.set(key, weight);
      heads[name] = head;
      leastFrames = Math.max(leastFrames, leastOf?.(checkpoint) ?? 1);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { heads, weights, leastFrames, close };
}

/** From `head.output` to head and output; names of heads may hold dots, those of outputs may not. */
function byHead<Name extends string>(
  outputs: Readonly<Record<string, readonly ClipOutput[]>>,
  row: number,
): HeadsOutputs<Name> {
  const named: Record<string, Record<string, ClipOutput>> = {};
  for (const [key, parts] of Object.entries(outputs)) {
    const at = key.lastIndexOf(".");
    (named[key.slice(0, at)] ??= {})[key.slice(at + 1)] = parts[row]!; // one part a clip
  }
  return named as HeadsOutputs<Name>; // every head has outputs, as defineHead makes sure
}
