// Runs in Node for the tests in the page: what the same recording gives there.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Transcript } from "@wav2vec/asr";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const ROOT = here("../../../../");

/** Functions that a page calls through `commands` of `vitest/browser`. */
export const nodeCommands = {
  /** @param names of files in `examples/audio` */
  async transcribeInNode(_context: unknown, names: readonly string[]): Promise<Transcript[]> {
    const paths = names.map((name) => `${ROOT}examples/audio/${name}`);
    const script = ["--conditions=@wav2vec/source", "--import=tsx", here("transcribe-in-node.ts")];
    const { stdout } = await promisify(execFile)("node", [...script, `${ROOT}models/en-tiny`, ...paths], {
      cwd: ROOT,
    });
    return JSON.parse(stdout) as Transcript[]; // printed by the script
  },
};

declare module "vitest/browser" {
  interface BrowserCommands {
    transcribeInNode(names: readonly string[]): Promise<Transcript[]>;
  }
}
