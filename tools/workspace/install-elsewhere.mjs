// Installs the packed packages with npm in an empty folder outside the workspace and uses each of them there.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { must, root } from "./step.mjs";
import { uses } from "./install-elsewhere-uses.mjs";

/**
 * @param {{ name: string, manifest: Record<string, any>, path: string }[]} tarballs
 * @param {string} folder an existing folder outside the workspace
 * @throws Error when the install fails, an import fails, or a package does not do what `uses` asks of it
 */
export async function installElsewhere(tarballs, folder) {
  if (tarballs.length === 0) throw new Error("install: no tarballs; expected one a package; did pack fail?");
  const cwd = join(folder, "elsewhere");
  mkdirSync(cwd);
  const dependencies = Object.fromEntries(tarballs.map(({ name, path }) => [name, `file:${path}`]));
  writeFileSync(join(cwd, "package.json"), JSON.stringify({ private: true, type: "module", dependencies }));
  // onnxruntime-node's own script downloads CUDA; what the processor needs is already in the package.
  await must("npm", ["install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd });
  for (const { name } of tarballs) {
    const program = `import * as exported from ${JSON.stringify(name)};\n${uses[name] ?? ""}`;
    const file = join(cwd, `${name.replace(/\W/g, "-")}.mjs`);
    writeFileSync(file, program);
    await must("node", [file], { cwd });
  }
  await transcribeDemo(cwd);
}

/** The command of the `wav2vec` tarball reads the demo recordings word for word. */
async function transcribeDemo(cwd) {
  const audio = join(root, "examples", "audio");
  for (const file of readdirSync(audio).filter((name) => name.endsWith(".wav"))) {
    const printed = await must("npx", ["--no", "wav2vec", "transcribe", join(audio, file)], { cwd });
    const expected = readFileSync(join(audio, file.replace(".wav", ".txt")), "utf8").trim();
    if (!printed.includes(expected))
      throw new Error(`wav2vec transcribe ${file}: printed\n${printed}\nexpected "${expected}"`);
  }
}
