// Languages of an MMS model of full size (48 layers of 1280): what a switch takes, and what a language weighs.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { languagesOf } from "@wav2vec/asr";
import { openCheckpoint } from "@wav2vec/checkpoints";
import { clipGraph, headGraph, namedConfig, type Backend } from "@wav2vec/core";
import { inTurns, type Timings } from "./in-turns.js";
import { countOf, noise, sharedWeights, writeJson, writeWeights } from "./synthetic-checkpoint.js";

const SYMBOLS = 60; // many alphabets with the special symbols; the head is 1281 numbers for each
const languages = ["eng", "fra", "deu", "spa", "ita", "por"];

/** What was measured. */
export interface LanguageReport {
  /** Numbers in one language's adapter and head. */
  readonly numbers: number;
  /** Milliseconds from asking for a language that was never read until it is ready, its file in the page cache. */
  readonly firstMilliseconds: readonly number[];
  /** Of these the time that processors worked for it, which other programs do not lengthen much. */
  readonly firstWorkMilliseconds: readonly number[];
  /** Milliseconds from asking for a language that was read before. */
  readonly againMilliseconds: readonly number[];
  /** Megabytes that the process grows by with each further language, after it was heard with once. */
  readonly megabytes: readonly number[];
  /** Seconds of one clip in the language of the last, in another one, and of batches of one language and of two. */
  readonly timings: Timings;
}

export async function languageSwitch(backend: Backend, rounds: number): Promise<LanguageReport> {
  const folder = mkdtempSync(join(tmpdir(), "wav2vec-bench-"));
  try {
    const config = namedConfig("mms-1b");
    const { params } = clipGraph(
      headGraph(config, ({ last }) => ({ last })),
      false,
    );
    const adapter = params.filter(({ name }) => name.includes(".adapter_layer."));
    const head = [
      { name: "lm_head.weight", shape: [SYMBOLS, config.hiddenSize] },
      { name: "lm_head.bias", shape: [SYMBOLS] },
    ];
    const written = [...adapter, ...head].map(({ name, shape }) => ({ name, shape: shape as number[] })); // of parameters
    const all = [...params, ...head].map(({ name, shape }) => ({ name, shape: shape as number[] })); // as above
    await writeFolder(folder, written, Math.max(...all.map(({ shape }) => countOf(shape))));
    const opened = await openCheckpoint(folder);
    const weights = sharedWeights(all, opened.weights.get("noise")!); // written there
    const checkpoint = { ...opened, weights };

    const model = await languagesOf(checkpoint, backend);
    const clip = noise(16_000, 7);
    const firstMilliseconds: number[] = [];
    const firstWorkMilliseconds: number[] = [];
    const megabytes: number[] = [];
    let before = 0;
    for (const [i, language] of languages.entries()) {
      const start = process.cpuUsage();
      firstMilliseconds.push(await millisecondsOf(() => model.inLanguage(language)));
      const { user, system } = process.cpuUsage(start);
      firstWorkMilliseconds.push((user + system) / 1000);
      await model.emissions([clip], [language]);
      await model.emissions([clip], [language]);
      const now = residentMegabytes();
      if (i > 0) megabytes.push(now - before);
      before = now;
    }
    const againMilliseconds: number[] = [];
    for (let i = 0; i < 20; i++)
      againMilliseconds.push(await millisecondsOf(() => model.inLanguage(languages[i % languages.length])));

    let turn = 0;
    const timings = await inTurns(rounds, {
      "the same language": () => model.emissions([clip], ["eng"]),
      "another language each time": () => model.emissions([clip], [languages[++turn % languages.length]]),
      "two clips of one language": () => model.emissions([clip, clip], ["eng", "eng"]),
      "two clips of two languages": () => model.emissions([clip, clip], ["fra", "deu"]),
    });
    model.dispose();
    await opened.close();
    const numbers = written.reduce((sum, { shape }) => sum + countOf(shape), 0);
    return { numbers, firstMilliseconds, firstWorkMilliseconds, againMilliseconds, megabytes, timings };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function writeFolder(
  folder: string,
  adapter: readonly { readonly name: string; readonly shape: readonly number[] }[],
  largest: number,
): Promise<void> {
  const sizes = {
    hidden_size: 1280,
    num_hidden_layers: 48,
    num_attention_heads: 16,
    intermediate_size: 5120,
  };
  const style = {
    feat_extract_norm: "layer",
    do_stable_layer_norm: true,
    conv_bias: true,
    adapter_attn_dim: 16,
  };
  writeJson(join(folder, "config.json"), { ...sizes, ...style, vocab_size: SYMBOLS });
  const symbols = Array.from({ length: SYMBOLS - 5 }, (_, i) => String.fromCodePoint(0x3b1 + i));
  const tokens = Object.fromEntries(["<pad>", "<s>", "</s>", "<unk>", "|", ...symbols].map((token, i) => [token, i])); // prettier-ignore
  writeJson(join(folder, "vocab.json"), Object.fromEntries(languages.map((language) => [language, tokens])));
  writeJson(join(folder, "tokenizer_config.json"), { target_lang: "eng", pad_token: "<pad>" });
  await writeWeights(join(folder, "model.safetensors"), [{ name: "noise", shape: [largest] }]);
  for (const language of languages)
    await writeWeights(join(folder, `adapter.${language}.safetensors`), adapter);
}

async function millisecondsOf(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

/** What the process holds in memory, after a collection of garbage. */
function residentMegabytes(): number {
  setFlagsFromString("--expose_gc");
  (runInNewContext("gc") as () => void)(); // what the flag exposes
  return process.memoryUsage().rss / 1e6;
}
