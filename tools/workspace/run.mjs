// `npm run demo` and `npm test` on a fresh clone: everything from pnpm to the built packages, with Node and npm only.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { environment } from "./pnpm.mjs";
import { execute, must, root, step } from "./step.mjs";

/** Transcribes the demo recordings with the model that ships: their texts, then every word with its times. */
async function demo(env) {
  const folder = join("examples", "audio");
  const recordings = readdirSync(join(root, folder)).filter((name) => name.endsWith(".wav"));
  const files = recordings.map((name) => join(folder, name));
  const show = async (...args) => {
    console.log(`\n$ npx wav2vec ${args.join(" ")}`);
    return (await execute("npx", ["wav2vec", ...args], { env, quiet: false })).code === 0;
  };
  if (!(await show("transcribe", ...files))) return false;
  // CTM: recording, channel, start in seconds, duration in seconds, word, confidence
  return show("transcribe", ...files, "--format", "ctm");
}

/** Imported when it is due: what it uses is there only after the installation. */
const test = async (env) => (await import("./check.mjs")).check(env);

const tasks = { demo, test };
const task = tasks[process.argv[2]];
if (!task)
  throw new Error(`run: got "${process.argv[2] ?? ""}"; expected ${Object.keys(tasks).join(" or ")}`);

let env;
const ready =
  (await step("pnpm", async () => void (env = await environment()))) &&
  (await step("install", () => must("pnpm", ["install", "--frozen-lockfile"], { env }))) &&
  (await step("build", () =>
    must("pnpm", ["exec", "nx", "run-many", "-t", "build", "--outputStyle=static"], { env }),
  ));
process.exitCode = ready && (await task(env)) ? 0 : 1;
