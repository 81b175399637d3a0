// Installs the packed packages with npm in an empty folder outside the workspace and uses each of them there.
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { must, root } from "./step.mjs";

/** A demo recording, what is said in it, and how long it is. */
const recording = join(root, "examples", "audio", "command.wav");
const text = readFileSync(recording.replace(".wav", ".txt"), "utf8").trim();
const sampleCount = readFileSync(recording).readUInt32LE(40) / 2;

/**
 * Every package is imported; those with a program in `elsewhere/` then do what it says.
 *
 * @param {{ name: string, path: string }[]} tarballs
 * @param {string} folder an existing folder outside the workspace
 * @throws Error when the install, an import or a program fails
 */
export async function installElsewhere(tarballs, folder) {
  if (tarballs.length === 0)
    throw new Error("install: got no tarballs; expected one a package; did pack fail?");
  const cwd = join(folder, "elsewhere");
  mkdirSync(cwd);
  const dependencies = Object.fromEntries(tarballs.map(({ name, path }) => [name, `file:${path}`]));
  writeFileSync(join(cwd, "package.json"), JSON.stringify({ private: true, type: "module", dependencies }));
  // onnxruntime-node's own script downloads CUDA; what the processor needs is already in the package.
  const flags = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"];
  await must("npm", ["install", ...flags], { cwd });
  const problems = [];
  for (const { name } of tarballs) {
    const program = `${name.replace("@wav2vec/", "")}.mjs`;
    const source = join(root, "tools", "workspace", "elsewhere", program);
    if (existsSync(source)) copyFileSync(source, join(cwd, program));
    else writeFileSync(join(cwd, program), `await import(${JSON.stringify(name)});\n`);
    const args = [program, recording, String(sampleCount), text];
    await must("node", args, { cwd }).catch((error) => problems.push(`${name}: ${error.message}`));
  }
  if (problems.length > 0) throw new Error(problems.join("\n"));
}
