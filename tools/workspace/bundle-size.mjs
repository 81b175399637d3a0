// Measures what packages add to a page, as a bundler would ship them: `node tools/workspace/bundle-size.mjs`.
// Fails when core + asr + decoders are over their limit, or when a bundle for pages would import a module of Node.
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { root } from "./step.mjs";

/** min+gzip bytes of core, asr and decoders in a page. */
const LIMIT = 60 * 1024;

/**
 * @param {string} source what a page imports
 * @param {string[]} external packages that are left out
 */
async function measure(source, external = []) {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: join(root, "packages/tasks/asr-worker") },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    conditions: ["@wav2vec/source"],
    splitting: true,
    outdir: "/bundle",
    write: false,
    external,
    logLevel: "error",
  });
  const node = outputFiles.find(({ text }) => /(?:from|import\(?)\s*["']node:/.test(text));
  if (node)
    throw new Error(
      `bundle of ${source}: imports a module of Node; ask for it with process.getBuiltinModule`,
    );
  const entry = outputFiles.filter(({ path }) => path.endsWith("stdin.js"));
  const reached = firstLoad(outputFiles, entry[0]);
  return reached.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0);
}

/** The entry and what it imports statically: all that must arrive before anything runs. */
function firstLoad(files, entry) {
  const found = new Set([entry]);
  for (const file of found)
    for (const [, name] of file.text.matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)) {
      const next = files.find(({ path }) => path.endsWith(`/${name}`));
      if (next) found.add(next);
    }
  return [...found];
}

const all = (name) => `import * as all from "${name}"; globalThis.all = all;`;
/** What a page uses that transcribes, aligns and saves: the rest is left out by the bundler. */
const PAGE =
  'import { createRecognizer } from "@wav2vec/asr"; import { createAligner, formats } from "@wav2vec/decoders"; globalThis.x = [createRecognizer, createAligner, formats];';
const everything = ["core", "asr", "decoders"].map((name) => all(`@wav2vec/${name}`).replaceAll("all", name));
const files = ["@wav2vec/audio", "@wav2vec/checkpoints"];
const LIMITED = "core + asr + decoders, what a page uses";
const rows = [
  [LIMITED, PAGE, files],
  ["core + asr + decoders, every export", everything.join(""), files],
  ["the page with checkpoints", PAGE, ["@wav2vec/audio"]],
  ["the page with checkpoints and audio decoders", PAGE, []],
  ["backend-ort, without the runtime", all("@wav2vec/backend-ort"), []],
  [
    "asr-worker, the page's side",
    'import { connectRecognizer } from "@wav2vec/asr-worker"; globalThis.x = connectRecognizer;',
    [],
  ],
  ["training in a page, every export", all("@wav2vec/training"), files],
];
for (const [name, source, external] of rows) {
  const bytes = await measure(source, external);
  console.log(`${(bytes / 1024).toFixed(1).padStart(8)} kB  ${name}`);
  if (name === LIMITED && bytes > LIMIT) {
    console.error(`bundle size: ${name} has ${bytes} bytes; at most ${LIMIT}`);
    process.exitCode = 1;
  }
}
