// How far a backend is from what a model must give; runs in Node and in a page.
import { openCheckpoint } from "@wav2vec/checkpoints";
import {
  clipPrograms,
  clipsInput,
  ctcHead,
  encode,
  frameClassificationHead,
  gradient,
  graph,
  headGraph,
  input,
  normaliseSamples,
  parseConfig,
  parseHeadConfig,
  parsePretrainingConfig,
  sequenceClassificationHead,
  units,
  xvectorHead,
  type Backend,
  type ClipGraph,
  type Tensor,
  type Value,
  type Wav2Vec2Config,
  type Weights,
} from "@wav2vec/core";
import type { Parity, ParityCase } from "./parity-case.js";

type Config = Readonly<Record<string, unknown>>;

/** Runs the case on a backend and frees everything. */
export async function measureParity<T extends Tensor>(backend: Backend<T>, row: ParityCase): Promise<Parity> {
  const checkpoint = await openCheckpoint(
    row.checkpoint.startsWith("http") ? new URL(row.checkpoint) : row.checkpoint,
  );
  const config = checkpoint.config!; // these checkpoints have one
  const normalise = checkpoint.preprocessor?.doNormalize ?? true;
  const clips = row.clips.map((clip) => Float32Array.from(clip));
  const programs = await clipPrograms(graphOf(row, config), backend, checkpoint.weights, {
    normalise,
    name: row.name,
  });
  // Units come before attention: where no norm runs over time, padding changes nothing and no lengths are taken.
  const batched = clips.length > 1 && row.head !== "units";
  const together = batched ? await programs.run(clips) : undefined;
  let outputs = 0;
  for (const [i, clip] of clips.entries()) {
    const alone = await programs.run([clip]);
    for (const { output, data } of row.expected.filter((each) => each.clip === i)) {
      for (const part of [alone[output]?.[0], together?.[output]?.[i]])
        if (part) outputs = Math.max(outputs, largestDifference(part.data, data));
    }
  }
  programs.dispose();
  const gradients = row.gradients && (await gradientParity(backend, row, config, checkpoint.weights));
  await checkpoint.close();
  return { outputs, ...(gradients !== undefined && { gradients }) };
}

function graphOf({ head }: ParityCase, json: Config): ClipGraph {
  const config = parseConfig(json);
  switch (head) {
    case "ctc":
      return headGraph(config, (features) => ({ logits: ctcHead(features, config) }));
    case "sequence":
      return headGraph(config, sequenceClassificationHead(parseHeadConfig(json)));
    case "frames":
      return headGraph(config, frameClassificationHead(parseHeadConfig(json)));
    case "xvector":
      return headGraph(config, xvectorHead(parseHeadConfig(json)));
    case "units":
      return {
        config,
        build: (samples, lengths) => {
          const features = encode(samples, config, lengths ? { lengths } : {});
          return { quantised: units(features, parsePretrainingConfig(json)).quantised };
        },
      };
  }
}

async function gradientParity<T extends Tensor>(
  backend: Backend<T>,
  { clips, gradients, name }: ParityCase,
  json: Config,
  weights: Weights,
): Promise<number> {
  const { lengths, masked, seed, byParameter } = gradients!; // the caller has seen them
  const config: Wav2Vec2Config = parseConfig(json);
  const rows = lengths.map((length, i) => normaliseSamples(Float32Array.from(clips[i]!.slice(0, length))));
  const width = Math.max(...lengths);
  const samples = new Float32Array(rows.length * width);
  rows.forEach((row, i) => samples.set(row, i * width));

  const counts = input("lengths", [2], "int32");
  const features = encode(clipsInput(config, 2), config, {
    weightNorm: "factored",
    ...(masked && { lengths: counts }),
  });
  const logits = ctcHead(features, config);
  const params = graph({ logits }).params.filter((param) => param.name in byParameter);
  const found = gradient([{ value: logits, seed: input("seed", logits.shape) }], params);
  const outputs = params.map((param, i): [string, Value] => [param.name, found[i]!]); // each takes part
  const program = await backend.compile(graph(Object.fromEntries(outputs)), weights, { name });
  const inputs: Record<string, T> = {
    samples: backend.upload(samples, [2, width]),
    seed: backend.upload(Float32Array.from(seed.data), seed.shape),
    ...(masked && { lengths: backend.upload(Int32Array.from(lengths), [2]) }),
  };
  const results = await program.run(inputs);
  let worst = 0;
  for (const [param, tensor] of Object.entries(results)) {
    const expected = byParameter[param]!; // filtered above
    // The gradient of a key's bias is zero but for rounding: it is measured against 1e-3.
    const scale = Math.max(1e-3, ...expected.map(Math.abs));
    worst = Math.max(worst, largestDifference(await backend.download(tensor), expected) / scale);
    backend.free(tensor);
  }
  for (const tensor of Object.values(inputs)) backend.free(tensor);
  program.dispose();
  return worst;
}

/** @returns NaN as soon as one number is */
function largestDifference(actual: ArrayLike<number>, expected: readonly number[]): number {
  if (actual.length !== expected.length) return NaN;
  return expected.reduce((most, x, i) => {
    const difference = Math.abs(actual[i]! - x);
    return difference <= most ? difference * 0 + most : difference;
  }, 0);
}
