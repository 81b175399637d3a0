// Turns measurements into the page of the documentation.
import type { Parity } from "./parity-case.js";

/** One backend on one model. */
export interface Cell extends Partial<Parity> {
  readonly backend: string;
  readonly model: string;
  readonly error?: string;
}

/** Outputs of the models have a standard deviation near 2. */
const LIMIT = 1e-3;
/** Relative to the largest entry of each gradient. */
const GRADIENT_LIMIT = 2e-3;

/** @returns Markdown, and what is over the limits or did not run */
export function matrix(
  cells: readonly Cell[],
  versions: { readonly ort: string },
): { readonly text: string; readonly failures: readonly string[] } {
  const backends = [...new Set(cells.map(({ backend }) => backend))];
  const models = [...new Set(cells.map(({ model }) => model))];
  const table = (of: "outputs" | "gradients", rows: readonly string[]) => [
    `| model | ${backends.join(" | ")} |`,
    `|---|${backends.map(() => "---").join("|")}|`,
    ...rows.map((model) => {
      const row = backends.map((backend) =>
        shown(
          cells.find((c) => c.model === model && c.backend === backend),
          of,
        ),
      );
      return `| ${model} | ${row.join(" | ")} |`;
    }),
  ];
  const failures = cells.flatMap(({ backend, model, outputs, gradients, error }) => [
    ...(error === undefined ? [] : [`${backend}, ${model}: ${error}`]),
    ...(outputs === undefined || outputs <= LIMIT
      ? []
      : [`${backend}, ${model}: outputs are ${outputs} off`]),
    ...(gradients === undefined || gradients <= GRADIENT_LIMIT
      ? []
      : [`${backend}, ${model}: gradients are ${gradients} off`]),
  ]);
  const worst = Math.max(...cells.map(({ outputs = 0 }) => outputs));
  const text = [
    "# Parity",
    "",
    `How far each backend is from what the Python library computes in float64, on tiny models of every architecture: the largest |Δ| of the outputs (logits, embeddings, units) over up to three clips, each alone and all in one padded batch. Outputs have a standard deviation near 2; at most ${LIMIT} is allowed, the worst here is ${shortest(worst)}.`,
    "",
    "`en-tiny` and `an4-tiny` are trained models, on one second of speech, against this project's own float64 backend.",
    "",
    ...table("outputs", models),
    "",
    ...(cells.length < backends.length * models.length ? ["Empty cells were not measured.", ""] : []),
    `Gradients of the CTC loss with respect to every parameter, relative to the largest entry of each; at most ${GRADIENT_LIMIT} is allowed. The conformance suite holds the gradients of all architectures to the reference backend.`,
    "",
    ...table(
      "gradients",
      models.filter((model) => cells.some((c) => c.model === model && c.gradients !== undefined)),
    ),
    "",
    `*page* is a page in Chromium; WebGL and WebGPU run on SwiftShader where the machine has no GPU. onnxruntime ${versions.ort}. Written by \`npx tsx --conditions=@wav2vec/source parity/run.ts\` in tools/bench, which needs the reference data beside the repository and fails when a number is over its limit.`,
    "",
  ].join("\n");
  return { text, failures };
}

function shown(cell: Cell | undefined, of: "outputs" | "gradients"): string {
  if (!cell) return "";
  if (cell.error !== undefined) return "failed";
  const value = cell[of];
  return value === undefined ? "" : shortest(value);
}

const shortest = (value: number) => (value === 0 ? "0" : value.toExponential(0).replace("e-", "e−"));
