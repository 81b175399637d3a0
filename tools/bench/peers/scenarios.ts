// What is measured: models, clips, and who takes part.
import { fileURLToPath } from "node:url";

/** One contender of one scenario, as a process to start. */
export interface Entrant {
  readonly name: string;
  readonly command: (python: string) => readonly [string, ...string[]];
  readonly padded: boolean;
}

/** One table of the report. */
export interface Scenario {
  readonly name: string;
  /** Folder under the one given by `--models`. */
  readonly model: string;
  readonly clipSeconds: readonly number[];
  readonly rounds: number;
  readonly entrants: readonly Entrant[];
}

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const typescript = (file: string) => () => [process.execPath, "--import", "tsx", here(file)] as const;

const entrant = (name: string, command: Entrant["command"], padded = false): Entrant => ({
  name,
  command,
  padded,
});
const ours = entrant("wav2vec (ours)", typescript("contender-ours.ts"));
const transformersJs = entrant("transformers.js", typescript("contender-transformers-js.ts"));
const ort = entrant("onnxruntime, plain export", typescript("contender-ort.ts"));
const pytorch = entrant("PyTorch eager", (python) => [python, here("contender_pytorch.py")]);

/** One clip: nothing to batch. */
const single = [ours, transformersJs, ort, pytorch];
/** Several clips: one after the other and as one padded batch, where a contender can. */
const several = [
  ours,
  { ...ours, name: "wav2vec (ours), one batch", padded: true },
  transformersJs,
  ort,
  { ...ort, name: "onnxruntime, padded batch", padded: true },
  pytorch,
  { ...pytorch, name: "PyTorch, padded batch", padded: true },
];

/** Eight lengths between 2 and 15 seconds, in no order, 68 s in all. */
const mixedSeconds = [9.4, 2, 13.1, 5.7, 15, 3.9, 11.3, 7.6];

/** In the order of the report. */
export const scenarios: readonly Scenario[] = [
  { name: "base-10s", model: "wav2vec2-base", clipSeconds: [10], rounds: 15, entrants: single },
  { name: "xls-r-300m-10s", model: "xls-r-300m", clipSeconds: [10], rounds: 9, entrants: single },
  { name: "base-mixed-8", model: "wav2vec2-base", clipSeconds: mixedSeconds, rounds: 5, entrants: several },
  {
    name: "xls-r-300m-mixed-8",
    model: "xls-r-300m",
    clipSeconds: mixedSeconds,
    rounds: 3,
    entrants: several,
  },
];
