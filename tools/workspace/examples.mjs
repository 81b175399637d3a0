// Builds every example against the packed packages, runs those for Node, and opens the pages in Chromium where it is.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openPages } from "./open-pages.mjs";
import { must, root } from "./step.mjs";

const text = readFileSync(join(root, "examples", "audio", "command.txt"), "utf8").trim();

/** What each example must print, and where the pages that it builds lie. */
const examples = {
  vite: { build: "build", page: "dist" },
  webpack: { build: "build", page: "dist" },
  nextjs: { build: "build", page: "out" },
  "script-tag": { page: "." },
  node: {
    prints: {
      transcribe: (line) => line.startsWith(`${text}\n`),
      align: (srt) => /00:00:0\d,\d{3} --> 00:00:0\d,\d{3}\n“Enter” 67!/.test(srt),
      "own-head": (table) => /^command 1\.000 0\.\d{3} 0\.\d{3}\ndigits /.test(table),
    },
  },
  "own-backend": { prints: { test: (report) => / passed/.test(report) && !/ failed/.test(report) } },
};

/**
 * Installs the tarballs and what the examples need in one folder outside the workspace, and uses them there.
 *
 * @param {{ name: string, path: string }[]} tarballs
 * @param {string} folder an existing folder outside the workspace
 * @returns {Promise<string>} what could not be done here, or ""
 * @throws Error naming every example that fails
 */
export async function checkExamples(tarballs, folder) {
  const cwd = join(folder, "examples");
  mkdirSync(cwd);
  const unlisted = readdirSync(join(root, "examples"), { withFileTypes: true }).filter(
    (entry) =>
      entry.isDirectory() &&
      existsSync(join(root, "examples", entry.name, "index.html")) &&
      !examples[entry.name],
  );
  if (unlisted.length > 0)
    throw new Error(`examples: ${unlisted.map(({ name }) => name)} are not in the list`);
  const skip = /node_modules|[\\/](dist|out|public|\.next)$/;
  cpSync(join(root, "examples"), cwd, {
    recursive: true,
    filter: (path) => !skip.test(path.slice(root.length)),
  });
  const dependencies = Object.fromEntries(tarballs.map(({ name, path }) => [name, `file:${path}`]));
  const workspaces = Object.keys(examples).filter((name) => existsSync(join(cwd, name, "package.json")));
  writeFileSync(
    join(cwd, "package.json"),
    JSON.stringify({ private: true, type: "module", workspaces, dependencies }),
  );
  const flags = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"];
  await must("npm", ["install", ...flags], { cwd });

  const problems = [];
  const attempt = (name, work) => work().catch((error) => problems.push(`${name}: ${error.message}`));
  for (const [name, { build, prints = {} }] of Object.entries(examples)) {
    const at = { cwd: join(cwd, name), env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1", CI: "true" } };
    if (build) await attempt(name, () => must("npm", ["run", "--silent", build], at));
    for (const [script, isRight] of Object.entries(prints))
      await attempt(`${name}, ${script}`, async () => {
        const printed = await must("npm", ["run", "--silent", script], at);
        if (!isRight(printed)) throw new Error(`it printed\n${printed}`);
      });
  }
  await must("node", ["../assets.mjs", "."], { cwd: join(cwd, "script-tag") });
  const pages = Object.entries(examples).flatMap(([name, { page }]) =>
    page ? [{ name, folder: join(cwd, name, page) }] : [],
  );
  const missing = await openPages(pages, { text, packages: join(cwd, "node_modules") }, attempt);
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return missing;
}
