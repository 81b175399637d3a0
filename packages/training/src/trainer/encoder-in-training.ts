// The encoder as fine-tuning runs it: with masks, dropout, and lengths, and what each run is fed for them.
import {
  clipsInput,
  encode,
  encoderFrames,
  frameCount,
  input,
  prepareClips,
  symbol,
  type Bindings,
  type EncodedFeatures,
  type Wav2Vec2Config,
} from "@wav2vec/core";
import { createDropout, sampleLayerKeeps, type Dropout } from "../dropout.js";
import type { Random } from "../random.js";
import { regularise, type RegularisationRates } from "../regularisation.js";
import { huggingFaceSpanMask, type SpanMaskOptions } from "../span-masks.js";
import type { HostTensors } from "./gradient-step.js";

/** What fine-tuning does to an encoder on the way. */
export interface EncoderRecipe {
  /** Whether clips get mean 0 and variance 1. */
  readonly normalise: boolean;
  readonly rates: RegularisationRates;
  readonly timeMask?: SpanMaskOptions | undefined;
  readonly channelMask?: SpanMaskOptions | undefined;
}

/**
 * The graph in training form; batch and samples are symbols.
 *
 * @param isTrained which parameters learn; default all
 */
export function encoderInTraining(
  config: Wav2Vec2Config,
  recipe: EncoderRecipe,
  isTrained: (name: string) => boolean = () => true,
): { readonly features: EncodedFeatures; readonly dropout: Dropout } {
  const batch = symbol("batch");
  const samples = clipsInput(config, batch);
  const dropout = createDropout();
  const features = encode(samples, config, {
    lengths: input("lengths", [batch], "int32"),
    ...(recipe.timeMask && {
      timeMask: input("timeMask", [batch, encoderFrames(samples.shape[1]!, config.convLayers)], "bool"),
    }),
    ...(recipe.channelMask && { channelMask: input("channelMask", [batch, config.hiddenSize], "bool") }),
    hooks: regularise(recipe.rates, dropout, config.layers),
    weightNorm: "factored",
    convolutions: isTrained("feature_extractor.conv_layers.0.conv.weight") ? "products" : "direct",
  });
  return { features, dropout };
}

/** Everything a run is fed, drawn in one order. */
export function drawClips(
  clips: readonly Float32Array[],
  config: Wav2Vec2Config,
  recipe: EncoderRecipe,
  dropout: Dropout,
  random: Random,
): { readonly host: HostTensors; readonly frameCounts: Int32Array; readonly bindings: Bindings } {
  const { samples, lengths } = prepareClips(clips, config, recipe);
  const width = samples.shape[1]!;
  const counts = lengths ?? { data: new Int32Array(clips.length).fill(width), shape: [clips.length] };
  const frameCounts = Int32Array.from(clips, ({ length }) => frameCount(length, config));
  const host: Record<string, HostTensors[string]> = { samples, lengths: counts };
  if (recipe.timeMask) {
    // Masks lie before a convolutional adapter, so they are as long as the encoder's frames.
    const encoded = config.filterBanks
      ? counts.data
      : counts.data.map((length) => encoderFrames(length, config.convLayers) as number); // a number stays a number
    const { mask, shape } = huggingFaceSpanMask(encoded, Math.max(...encoded), recipe.timeMask, random);
    host["timeMask"] = { data: mask, shape };
  }
  if (recipe.channelMask) {
    const channels = clips.map(() => config.hiddenSize);
    const { mask, shape } = huggingFaceSpanMask(channels, config.hiddenSize, recipe.channelMask, random);
    host["channelMask"] = { data: mask, shape };
  }
  const { layer = 0 } = recipe.rates;
  if (layer > 0)
    host["layerKeeps"] = { data: sampleLayerKeeps(config.layers, layer, random), shape: [config.layers] };
  const bindings = new Map([
    ["batch", clips.length],
    [config.filterBanks ? "frames" : "samples", width],
  ]);
  return { host: { ...host, ...dropout.draw(bindings, random) }, frameCounts, bindings };
}
