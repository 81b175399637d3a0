// Where a step goes: the kernels of ONNX Runtime's profile, added up by kind of op.
import { readFileSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** The parts of a step, in the order of the table, and the ops that are theirs. */
const PARTS: readonly (readonly [part: string, ...ops: readonly string[]])[] = [
  ["products", "FusedMatMul", "MatMul", "Gemm"],
  ["passes of Mul, Add, Sub", "Mul", "Add", "Sub", "Neg"],
  ["slices, pads, transposes, joins", "Slice", "Pad", "Transpose", "Concat", "Reshape", "Expand", "Gather"],
  ["attention, forward", "MultiHeadAttention"],
  ["GELU, exp, erf", "Gelu", "BiasGelu", "Erf", "Exp", "HardSigmoid"],
  ["norms, sums, softmax", "LayerNormalization", "ReduceSum", "ReduceSumSquare", "Softmax"],
  ["positional convolution, forward and to its input", "Conv"],
  ["the rest", "ReduceLogSumExp"],
];

interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  /** Microseconds. */
  readonly dur: number;
  readonly args?: { readonly op_name?: string };
}

/** A Markdown table of milliseconds, each node's fastest of `steps` runs; Scans are what runs in them. */
export function profileParts(prefix: string, steps: number): string {
  const folder = dirname(prefix);
  const files = readdirSync(folder).filter((file) => file.startsWith(basename(prefix)));
  const sizes = files.map((file) => statSync(join(folder, file)).size);
  const largest = files[sizes.indexOf(Math.max(...sizes))]!; // the step's program; throws below if there is none
  const events = JSON.parse(readFileSync(join(folder, largest), "utf8")) as ProfileEvent[]; // ONNX Runtime wrote it
  const runs = new Map<string, { op: string; times: number[] }>();
  for (const { cat, name, dur, args } of events) {
    const op = args?.op_name;
    if (cat !== "Node" || !name.endsWith("_kernel_time") || op === undefined || op === "Scan") continue;
    const node = runs.get(name) ?? { op, times: [] };
    node.times.push(dur);
    runs.set(name, node);
  }
  const totals = new Map(PARTS.map(([part]) => [part, { all: 0, tiled: 0 }]));
  for (const [name, { op, times }] of runs) {
    const each = times.length / steps; // bodies run more than once a step
    const sums = Array.from({ length: steps }, (_, i) =>
      times.slice(i * each, (i + 1) * each).reduce((sum, time) => sum + time, 0),
    );
    const [part] = PARTS.find(([, ...ops]) => ops.includes(op)) ?? PARTS.at(-1)!; // not empty
    const total = totals.get(part)!; // one for each
    total.all += Math.min(...sums) / 1000;
    if (name.includes(":tiles")) total.tiled += Math.min(...sums) / 1000;
  }
  return [
    "| part | ms | in tiles |",
    "|---|---|---|",
    ...[...totals].map(([part, { all, tiled }]) => `| ${part} | ${all.toFixed(0)} | ${tiled.toFixed(0)} |`),
  ].join("\n");
}
