// Beam search against flashlight's C++ and pyctcdecode, ARPA loading against KenLM: one thread each, interleaved runs.
// Run: PYTHON=path/to/python node --conditions=@wav2vec/source --import tsx tools/bench/decoders/decoders.ts EMISSIONS_FOLDER [BIG.arpa]
// EMISSIONS_FOLDER is the decoding reference (emissions/, lm/, beam/); PYTHON has flashlight-text, kenlm, pyctcdecode.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import {
  buildLexicon,
  decodeBeam,
  flashlightOptions,
  normaliseEmissions,
  parseArpa,
  parseLexicon,
  pyctcdecodeOptions,
  type Emissions,
} from "@wav2vec/decoders";
import { readReferenceTensors } from "../../../packages/decoders/src/reference-tensors.js";

const rounds = 12;
const tokens = ["<pad>", "<s>", "</s>", "<unk>", ..."|ETAONIHSRDLUMWCFGYPBVK'XJQZ"];
const [folder, bigModel] = process.argv.slice(2);
if (folder === undefined) throw new Error("bench: no folder given; expected the decoding reference folder");

interface PeerRun {
  readonly milliseconds: number;
  readonly values: number[];
}

/** Starts a Python process that answers each line with one timed run. */
async function startPeer(job: object): Promise<{ run: () => Promise<PeerRun>; stop: () => void }> {
  const script = fileURLToPath(new URL("peers.py", import.meta.url));
  const peer = spawn(process.env["PYTHON"] ?? "python3", [script], { stdio: ["pipe", "pipe", "ignore"] });
  peer.stdin.write(`${JSON.stringify(job)}\n`);
  const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done)
      throw new Error(
        "bench: the Python process ended; does PYTHON have flashlight-text, kenlm and pyctcdecode?",
      );
    return value;
  };
  await next();
  return {
    run: async () => {
      peer.stdin.write("run\n");
      return JSON.parse(await next()) as PeerRun;
    },
    stop: () => peer.stdin.end(),
  };
}

const summary = (values: readonly number[], digits = 2) => {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, middle, high] = [0.1, 0.5, 0.9].map((share) =>
    sorted[Math.round(share * (sorted.length - 1))]!.toFixed(digits),
  );
  return `${middle} (10-90 %: ${low} to ${high})`;
};

const clips = Object.values(readReferenceTensors(`${folder}/emissions/emissions.safetensors`))
  .filter(({ shape }) => shape[1] === tokens.length)
  .map(({ shape, data }): Emissions => ({ data, frames: shape[0]!, symbols: shape[1]! }));
const frames = clips.reduce((sum, clip) => sum + clip.frames, 0);
const scratch = mkdtempSync(join(tmpdir(), "bench-decoders-"));
const emissionsPath = join(scratch, "emissions.f32");
writeFileSync(
  emissionsPath,
  Buffer.concat(clips.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength))),
);
const modelPath = `${folder}/lm/word3.arpa`;
const model = parseArpa(readFileSync(modelPath));
const spellings = parseLexicon(readFileSync(`${folder}/beam/lexicon.txt`, "utf8"), (token) =>
  tokens.indexOf(token),
);
const lexicon = buildLexicon(spellings, model);
const vocabulary = { tokens, blank: 0, wordDelimiter: tokens.indexOf("|") };

async function compare(
  name: string,
  peerName: string,
  beam: number,
  decode: (clip: Emissions) => number,
  mayBeBetter: boolean,
) {
  const job = {
    peer: peerName,
    emissions: emissionsPath,
    frames: clips.map((clip) => clip.frames),
    symbols: tokens.length,
    tokens,
    lexicon: `${folder}/beam/lexicon.txt`,
    model: modelPath,
    beam,
  };
  const peer = await startPeer(job);
  const [own, theirs, ratios]: number[][] = [[], [], []];
  for (let round = -3; round < rounds; round++) {
    const { milliseconds, values } = await peer.run();
    const start = performance.now();
    const scores = clips.map(decode);
    const elapsed = performance.now() - start;
    scores.forEach((score, i) => {
      if (score < values[i]! - 1e-3 || (!mayBeBetter && score > values[i]! + 1e-3))
        throw new Error(`bench: ${name} scores ${score}, ${peerName} ${values[i]}`);
    });
    if (round < 0) continue;
    own!.push((elapsed * 1000) / frames);
    theirs!.push((milliseconds * 1000) / frames);
    ratios!.push(milliseconds / elapsed);
  }
  peer.stop();
  console.log(`${name}, ${frames} frames, ${rounds} interleaved runs, microseconds a frame`);
  console.log(
    `  ours: ${summary(own!)}\n  ${peerName}: ${summary(theirs!)}\n  speed against ${peerName}, by run: ${summary(ratios!)}`,
  );
}

/** Our load in a process of its own, as the peer's: [seconds, MiB above before]. */
async function loadOnce(path: string): Promise<number[]> {
  const script = fileURLToPath(new URL("load-arpa.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=@wav2vec/source", "--import", "tsx", script, path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  for await (const chunk of child.stdout) text += String(chunk);
  return JSON.parse(text) as number[];
}

async function compareLoading(path: string) {
  const [ratios, sizes, queries]: number[][] = [[], [], []];
  for (let round = 0; round < 5; round++) {
    const peer = await startPeer({ peer: "kenlm", model: path });
    const { values } = await peer.run();
    peer.stop();
    const [seconds, size, rate] = await loadOnce(path);
    ratios!.push(seconds! / values[0]!);
    sizes!.push(size! / values[1]!);
    queries!.push(rate!);
    console.log(
      `  ours ${seconds!.toFixed(2)} s, ${size!.toFixed(0)} MiB; KenLM ${values[0]!.toFixed(2)} s, ${values[1]!.toFixed(0)} MiB`,
    );
  }
  console.log(
    `  time / KenLM: ${summary(ratios!)}\n  memory / KenLM: ${summary(sizes!)}\n  million queries a second: ${summary(queries!)}`,
  );
}

try {
  for (const beam of [50, 500]) {
    const options = flashlightOptions({
      vocabulary,
      model,
      lexicon,
      beam_size: beam,
      lm_weight: 2,
      word_score: -1,
    });
    await compare(
      `lexicon, 3-gram, beam ${beam}`,
      "flashlight",
      beam,
      (clip) => decodeBeam(clip, options)[0]!.score,
      false,
    );
  }
  const options = pyctcdecodeOptions({
    vocabulary: { ...vocabulary, tokens: ["", ...tokens.slice(1, 3), "⁇", ...tokens.slice(4)] },
    model,
    beam_width: 50,
  });
  // pyctcdecode scores an empty word after a last delimiter: where that happens ours is better
  await compare(
    "any words, 3-gram, beam 50",
    "pyctcdecode",
    50,
    (clip) => decodeBeam(normaliseEmissions(clip, { floor: 1e-15 }), options)[0]!.score,
    true,
  );
  if (bigModel !== undefined) {
    console.log(`loading ${bigModel}`);
    await compareLoading(bigModel);
  }
} finally {
  rmSync(scratch, { recursive: true });
}
