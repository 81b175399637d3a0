// Times one training step against PyTorch eager, in turns, and prints a table; see README.md.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { writeClips } from "../peers/clips.js";
import { startContender, type ContenderProcess } from "../peers/contender-process.js";
import { median } from "../peers/median.js";
import { profileParts } from "./profile-parts.js";
import type { LoadRequest, Reply, StepRequest } from "./protocol.js";

const { values } = parseArgs({
  options: {
    python: { type: "string", default: "python3" },
    provider: { type: "string", default: "cpu" },
    threads: { type: "string", default: "2" },
    rounds: { type: "string", default: "5" },
    scenario: { type: "string", multiple: true },
    replicas: { type: "string" },
    parts: { type: "boolean", default: false },
  },
});

/** The sizes of the reference data's an4-tiny. */
const small = {
  hidden_size: 256,
  num_hidden_layers: 6,
  num_attention_heads: 4,
  intermediate_size: 1024,
  do_stable_layer_norm: true,
  feat_extract_norm: "layer",
  conv_dim: [64, 128, 128, 128, 192, 192, 192],
  conv_bias: true,
  num_conv_pos_embeddings: 64,
};
const scenarios = [
  { name: "base, 2 clips of 10 s", config: {}, clipSeconds: [10, 10], replicas: 1 },
  {
    name: "5 M parameters, 10 clips of 3 s",
    config: small,
    clipSeconds: new Array<number>(10).fill(3),
    replicas: 2,
  },
];
const LABELS = 30; // of each clip
const TOLERANCE = 1e-3; // relative, between losses of the same step: float32 in another order, then AdamW's signs

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "wav2vec-step-"));
try {
  for (const scenario of scenarios.filter(
    ({ name }) => values.scenario?.some((part) => name.includes(part)) ?? true,
  ))
    console.log(await table(scenario));
} finally {
  rmSync(folder, { recursive: true });
}

async function table({ name, config, clipSeconds, replicas }: (typeof scenarios)[number]): Promise<string> {
  const labels = clipSeconds.map((_, row) =>
    Array.from({ length: LABELS }, (_, i) => 5 + ((7 * i + 3 * row) % 27)),
  );
  const load = {
    config,
    folder,
    provider: values.provider as LoadRequest["load"]["provider"], // ORT refuses others
    threads: Number(values.threads),
    clips: writeClips(folder, clipSeconds),
    labels,
  };
  const profile = join(folder, `profile-${clipSeconds.length}-clips`);
  const pytorch = [values.python, here("contender_pytorch.py")] as const;
  const own = [process.execPath, "--import", "tsx", here("contender-ours.ts")] as const;
  // PyTorch first: it writes the weights.
  const peer = await start("PyTorch eager", pytorch, load);
  const ours = {
    ...load,
    replicas: values.parts ? 1 : Number(values.replicas ?? replicas),
    ...(values.parts && { profile }),
  };
  const all = [await start("wav2vec (ours)", own, ours), peer];
  for (let round = 0; round <= Number(values.rounds); round++)
    for (const { contender, replies } of all) replies.push(await contender.ask({ step: true }));
  for (const one of all) {
    one.megabytes = one.contender.peakMegabytes();
    await one.contender.stop();
    one.replies.forEach(({ loss }, i) => {
      const expected = peer.replies[i]!.loss!; // as many steps
      if (!(Math.abs(loss! - expected) <= TOLERANCE * expected))
        throw new Error(
          `bench: the losses of step ${i} are ${loss} and ${expected}; the contenders train differently`,
        );
    });
  }
  const seconds = (one: Runner) => one.replies.slice(1).map((reply) => reply.seconds); // the first warms up
  const ratio = (one: Runner) => {
    const ratios = seconds(one).map((time, i) => time / seconds(peer)[i]!);
    return `${one.name} ÷ ${peer.name}: time ${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} – ${Math.max(...ratios).toFixed(2)}), memory ${(one.megabytes! / peer.megabytes!).toFixed(2)}`;
  };
  const row = (one: Runner) =>
    `| ${one.name} | ${median(seconds(one)).toFixed(2)} (${Math.min(...seconds(one)).toFixed(2)} – ${Math.max(...seconds(one)).toFixed(2)}) | ${one.megabytes?.toFixed(0)} | ${one.replies.map(({ loss }) => loss!.toFixed(3)).join(" ")} |`; // prettier-ignore
  return [
    `\n## ${name}\n`,
    "| contender | s a step: median (min – max) | peak MB | losses |",
    "|---|---|---|---|",
    ...all.map(row),
    "",
    ...all.filter((one) => one !== peer).map(ratio),
    ...(values.parts ? ["", profileParts(profile, Number(values.rounds) + 1)] : []),
  ].join("\n");
}

interface Runner {
  readonly name: string;
  readonly contender: ContenderProcess<LoadRequest | StepRequest, Reply>;
  readonly replies: Reply[];
  megabytes: number | undefined;
}

async function start(
  name: string,
  command: readonly [string, ...string[]],
  load: LoadRequest["load"],
): Promise<Runner> {
  const contender = startContender<LoadRequest | StepRequest, Reply>(name, command);
  await contender.ask({ load });
  return { name, contender, replies: [], megabytes: undefined };
}
