// Runs rows of the op table on a backend.
import {
  allocate,
  evaluateShape,
  graph,
  input,
  type Backend,
  type Graph,
  type Tensor,
  type TypedArray,
  type Value,
} from "@wav2vec/core";
import type { OpCase } from "./op-case.js";
import { seededRandom } from "./random.js";

/** Data of one run, by input name. */
export type CaseData = Readonly<
  Record<string, { readonly data: TypedArray; readonly shape: readonly number[] }>
>;

/** Draws the inputs of one run; the same row and run always give the same numbers. */
export function drawInputs({ inputs }: OpCase, symbols: Readonly<Record<string, number>>): CaseData {
  const bindings = new Map(Object.entries(symbols));
  const random = seededRandom(20);
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { shape, dtype, element }]) => {
      const actual = evaluateShape(shape, bindings);
      const data = allocate(
        dtype,
        actual.reduce((n, dim) => n * dim, 1),
      );
      return [name, { data: data.map((_x, i) => element(random, i)), shape: actual }];
    }),
  );
}

/** The graph of a row, whose one output is `y`; composites stay whole unless `decomposed`. */
export function caseGraph({ inputs, build }: OpCase, decomposed = false): Graph {
  const values = Object.entries(inputs).map(([name, { shape, dtype }]) => [name, input(name, shape, dtype)]);
  const y = build(Object.fromEntries(values) as Record<string, Value>);
  return graph({ y: decomposed && y.kind === "composite" ? y.body : y });
}

/** Compiles once, runs once for each set of symbols, and frees everything. */
export async function runCase<T extends Tensor>(
  backend: Backend<T>,
  caseRow: OpCase,
  decomposed = false,
): Promise<{ data: TypedArray; shape: readonly number[] }[]> {
  const compiled = caseGraph(caseRow, decomposed);
  const names = new Set(compiled.inputs.map(({ name }) => name));
  const program = await backend.compile(compiled, new Map(), { name: caseRow.name });
  const results = [];
  for (const symbols of caseRow.runs) {
    const drawn = Object.entries(drawInputs(caseRow, symbols)).filter(([name]) => names.has(name));
    const inputs = Object.fromEntries(
      drawn.map(([name, { data, shape }]) => [name, backend.upload(data, shape)]),
    );
    const { y } = await program.run(inputs);
    results.push({ data: await backend.download(y!), shape: y!.shape }); // named by caseGraph
    for (const tensor of [...Object.values(inputs), y!]) backend.free(tensor);
  }
  program.dispose();
  return results;
}
