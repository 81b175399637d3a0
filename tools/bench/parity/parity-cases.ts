// The models of the parity matrix: those of the reference data with the Python library's numbers, and the one that ships.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readAudio } from "@wav2vec/audio";
import { openCheckpoint } from "@wav2vec/checkpoints";
import { clipPrograms, ctcHead, headGraph, parseConfig, reference } from "@wav2vec/core";
import { hasGoldens, openGolden, SHARED, type Golden } from "@wav2vec/testkit";
import type { Expected, ParityCase } from "./parity-case.js";

const repository = fileURLToPath(new URL("../../../", import.meta.url));
const CLIPS = ["clip0", "clip1", "clip2"];

/** Outputs by the name that a head gives them, and the goldens' key for a clip. */
interface GoldenKeys {
  readonly head: ParityCase["head"];
  readonly golden?: string;
  readonly keys: Readonly<Record<string, (clip: string) => string>>;
}
const logits: GoldenKeys = { head: "ctc", keys: { logits: (clip) => `${clip}.logits` } };
const unitsOf = (style: string): GoldenKeys => ({
  head: "units",
  golden: "units",
  keys: { quantised: (clip) => `${style}.${clip}.quantised` },
});
const weighted = { logits: (clip: string) => `${clip}.weighted.logits` };
const special: Readonly<Record<string, GoldenKeys>> = {
  "wav2vec2-base-pretraining": unitsOf("base"),
  "wav2vec2-lv60-pretraining": unitsOf("large"),
  "wav2vec2-sequence-classification": { head: "sequence", keys: weighted },
  "wav2vec2-frame-classification": { head: "frames", keys: weighted },
  "wav2vec2-xvector": {
    head: "xvector",
    keys: { embedding: (clip) => `${clip}.embedding`, logits: (clip) => `${clip}.logits` },
  },
};

/** Every model that is there and wanted; what has no goldens is compared with the reference backend. */
export async function parityCases(isWanted: (name: string) => boolean = () => true): Promise<ParityCase[]> {
  const cases: ParityCase[] = [];
  if (hasGoldens) {
    const folder = join(SHARED, "reference", "models");
    const audio = await openGolden("audio");
    const clips = await Promise.all(CLIPS.map(async (clip) => [...(await audio.tensor(clip)).data]));
    for (const name of readdirSync(folder).filter((each) => each !== "formats" && isWanted(each))) {
      const checkpoint = join(folder, name);
      if (name === "wav2vec2-mms-adapter") cases.push(await adapterCase(name, checkpoint, clips));
      else if (name === "an4-tiny") cases.push(await trainedCase(name, checkpoint));
      else cases.push(await goldenCase(name, checkpoint, clips));
    }
  }
  if (isWanted("en-tiny")) cases.push(await trainedCase("en-tiny", join(repository, "models", "en-tiny")));
  return cases;
}

async function goldenCase(name: string, checkpoint: string, clips: number[][]): Promise<ParityCase> {
  const { head, golden: file = name, keys } = special[name] ?? logits;
  const golden = await openGolden(file);
  const expected: Expected[] = [];
  for (const [clip, key] of CLIPS.entries())
    for (const [output, keyOf] of Object.entries(keys))
      if (golden.keys.includes(keyOf(key)))
        expected.push({ clip, output, data: [...(await golden.tensor(keyOf(key))).data] });
  if (expected.length === 0) throw new Error(`parity: "${name}" has no goldens; expected some in ${file}`);
  return {
    name,
    checkpoint,
    head,
    clips: clips.filter((_, clip) => expected.some((each) => each.clip === clip)),
    expected,
    ...(name === "wav2vec2-base-ctc" && { gradients: await gradientsOf(name, [8000, 8000], false) }),
  };
}

/** English, which the body's own file holds; the goldens are rows of one padded batch. */
async function adapterCase(name: string, checkpoint: string, clips: number[][]): Promise<ParityCase> {
  const golden = await openGolden(name);
  const { data, shape } = await golden.tensor("default.logits");
  const { data: frames } = await golden.tensor("frames");
  const [, longest, tokens] = shape as [number, number, number]; // [2, frames, tokens]
  const expected = [0, 1].map((clip) => {
    const start = clip * longest * tokens;
    return { clip, output: "logits", data: [...data.subarray(start, start + frames[clip]! * tokens)] };
  });
  const gradients = await gradientsOf(name, [8000, 6000], true);
  return { name, checkpoint, head: "ctc", clips: clips.slice(0, 2), expected, gradients };
}

/** The first second of a demo recording; what the reference backend, in float64, makes of it. */
async function trainedCase(name: string, folder: string): Promise<ParityCase> {
  const { samples } = await readAudio(join(repository, "examples", "audio", "command.wav"));
  const clip = samples.slice(0, 16_000);
  const checkpoint = await openCheckpoint(folder);
  const config = parseConfig(checkpoint.config);
  const definition = headGraph(config, (features) => ({ logits: ctcHead(features, config) }));
  const normalise = checkpoint.preprocessor?.doNormalize ?? true;
  const programs = await clipPrograms(definition, reference, checkpoint.weights, { normalise, name });
  const [part] = (await programs.run([clip])).logits;
  await checkpoint.close();
  const expected = [{ clip: 0, output: "logits", data: [...part!.data] }]; // one clip
  return { name, checkpoint: folder, head: "ctc", clips: [[...clip]], expected };
}

async function gradientsOf(
  name: string,
  lengths: readonly [number, number],
  masked: boolean,
): Promise<NonNullable<ParityCase["gradients"]>> {
  const golden: Golden = await openGolden(`gradients.${name}`);
  const byParameter: Record<string, readonly number[]> = {};
  for (const key of golden.keys) {
    const path = /^grad\.(?:wav2vec2\.)?(.*\.(?:weight|bias|weight_g|weight_v))$/.exec(key)?.[1];
    if (path === undefined) continue;
    const current = path
      .replace("conv.weight_g", "conv.parametrizations.weight.original0")
      .replace("conv.weight_v", "conv.parametrizations.weight.original1");
    byParameter[current] = [...(await golden.tensor(key)).data];
  }
  const { data, shape } = await golden.tensor("grad.logits");
  return { lengths, masked, seed: { data: [...data], shape }, byParameter };
}
