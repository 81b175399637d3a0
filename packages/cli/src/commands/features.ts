// `wav2vec features`: every hidden state of one recording, and the logits where there is a head.
import { readAudio } from "@wav2vec/audio";
import { writeSafetensors, type TensorToWrite } from "@wav2vec/checkpoints";
import {
  clipsInput,
  ctcHead,
  encode,
  graph,
  parseConfig,
  prepareClips,
  receptiveField,
  type Value,
  type Wav2Vec2Config,
  type Weights,
} from "@wav2vec/core";
import { loadBackend, type BackendName } from "../backend.js";
import { inputFiles } from "../input-files.js";
import { terminalProgress } from "../progress.js";
import { exitCodes, UsageError } from "../usage-error.js";
import { openModel } from "./open-model.js";

/** Options of the command, as the command line gives them. */
export interface FeaturesOptions {
  readonly model?: string;
  readonly out: string;
  readonly backend: BackendName;
  readonly threads?: number;
  readonly offline?: true;
}

/** Writes `hidden_states.0` … `hidden_states.L`, `last_hidden` and `logits`, each [frames, dim]. */
export async function features(name: string, options: FeaturesOptions): Promise<number> {
  const [file, ...others] = await inputFiles([name]);
  if (!file || others.length > 0)
    throw new UsageError(`features: ${name} is several recordings; name one file`);
  const checkpoint = await openModel(options.model, options.offline, terminalProgress(false));
  const config = parseConfig(checkpoint.config);
  const { samples } = await readAudio(file.source);
  if (samples.length < receptiveField(config)) {
    throw new Error(
      `${file.name}: ${samples.length} samples at 16 kHz give no frame; expected at least ${receptiveField(config)} (25 ms)`,
    );
  }
  const { samples: clip } = prepareClips([samples], config, {
    normalise: checkpoint.preprocessor?.doNormalize ?? true,
  });

  const backend = await loadBackend(options.backend, options.threads);
  const program = await backend.compile(featureGraph(config, checkpoint.weights), checkpoint.weights, {
    name: checkpoint.source,
  });
  const outputs = await program.run({ samples: backend.upload(clip.data, clip.shape) });
  const tensors = new Map<string, TensorToWrite>();
  for (const [key, tensor] of Object.entries(outputs)) {
    const data = (await backend.download(tensor)) as Float32Array; // every output is float32
    tensors.set(key, { shape: tensor.shape.slice(1), data });
  }
  await writeSafetensors(options.out, tensors, { model: checkpoint.source, audio: file.name });
  program.dispose();
  await checkpoint.close();
  return exitCodes.done;
}

function featureGraph(config: Wav2Vec2Config, weights: Weights) {
  const states = encode(clipsInput(config, 1), config);
  const outputs: Record<string, Value> = Object.fromEntries(
    states.hidden.map((value, layer) => [`hidden_states.${layer}`, value]),
  );
  outputs["last_hidden"] = states.last;
  if (weights.has("lm_head.weight")) outputs["logits"] = ctcHead(states, config);
  return graph(outputs);
}
