// A tiny model of the reference data with what the Python library computes with it; read in Node.
import { openCheckpoint } from "@wav2vec/checkpoints";
import { openGolden, SHARED, type Golden } from "../../testkit/src/golden.js";

/** Numbers with a shape, row-major. */
export interface Numbers {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** Everything that a parity check needs, as plain data that can be handed to a browser. */
export interface TinyModel {
  readonly name: string;
  /** Hugging Face's config.json. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly weights: Readonly<Record<string, Numbers>>;
  /** Raw samples of each clip. */
  readonly clips: readonly Float32Array[];
  /** Per clip, [frames, vocabSize]; the clip alone. */
  readonly logits: readonly Numbers[];
  /** The gradient of the CTC loss of two crops of 8000 samples, where there are goldens for it. */
  readonly gradients?: {
    /** With respect to the logits, [2, frames, vocabSize]. */
    readonly seed: Numbers;
    /** By parameter, as in the checkpoint. */
    readonly byParameter: Readonly<Record<string, Numbers>>;
  };
}

export const TINY_MODELS = ["wav2vec2-base-ctc", "wav2vec2-lv60-ctc"] as const;

/** Reads a model of `TINY_MODELS`. */
export async function readTinyModel(name: (typeof TINY_MODELS)[number]): Promise<TinyModel> {
  const checkpoint = await openCheckpoint(`${SHARED}/reference/models/${name}`);
  const weights: Record<string, Numbers> = {};
  for (const [key, handle] of checkpoint.weights) {
    weights[key] = { data: await handle.read(), shape: handle.shape };
  }
  await checkpoint.close();
  const [audio, golden] = [await openGolden("audio"), await openGolden(name)];
  const clips = ["clip0", "clip1", "clip2"];
  return {
    name,
    config: checkpoint.config!, // these checkpoints have one
    weights,
    clips: await Promise.all(clips.map(async (clip) => (await audio.tensor(clip)).data)),
    logits: await Promise.all(clips.map((clip) => golden.tensor(`${clip}.logits`))),
    ...(name === "wav2vec2-base-ctc" && {
      gradients: await readGradients(await openGolden(`gradients.${name}`)),
    }),
  };
}

async function readGradients(golden: Golden): Promise<NonNullable<TinyModel["gradients"]>> {
  const byParameter: Record<string, Numbers> = {};
  for (const key of golden.keys) {
    const path = /^grad\.(?:wav2vec2\.)?(.*\.(?:weight|bias|weight_g|weight_v))$/.exec(key)?.[1];
    if (path === undefined) continue;
    const current = path
      .replace("conv.weight_g", "conv.parametrizations.weight.original0")
      .replace("conv.weight_v", "conv.parametrizations.weight.original1");
    byParameter[current] = await golden.tensor(key);
  }
  return { seed: await golden.tensor("grad.logits"), byParameter };
}
