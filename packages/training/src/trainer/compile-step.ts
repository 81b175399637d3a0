// A step from its graph: draws what each part of a batch is fed, runs the parts, adds up their gradients.
import type { Backend, Tensor, TypedArray, Weights } from "@wav2vec/core";
import type { Random } from "../random.js";
import type { TrainingGraph } from "../training-graph.js";
import { chooseAdd } from "./gradient-sum.js";
import { inputsOf, takeAll, withUploaded, type GradientStep, type HostTensors, type StepResult, type Tensors } from "./gradient-step.js"; // prettier-ignore
import { cutBatch, type Sharing } from "./replicas.js";

/** An objective on the host's side. */
export interface StepProgram<Batch> {
  readonly name: string;
  /** Outputs are read by `metrics`, but for gradients and their norm. */
  readonly built: TrainingGraph;
  draw(batch: Batch, random: Random): Promise<Drawn>;
}

/** What a run is fed, and what its outputs mean. */
export interface Drawn {
  readonly host: HostTensors;
  /** See `StepResult`. */
  readonly units: number;
  metrics(outputs: Readonly<Record<string, TypedArray>>): Readonly<Record<string, number>>;
}

/** What one part gave: gradients as tensors of the backend, or as arrays. */
interface Ran<G> {
  readonly gradients: Readonly<Record<string, G>>;
  readonly outputs: Readonly<Record<string, TypedArray>>;
}

/**
 * Compiles a step.
 *
 * @param weights parameters that are not trained; they stay in the program
 * @throws RangeError if batches are cut and tensors of the backend do not lie on the host
 */
export async function compileStep<Batch extends { readonly names: readonly string[] }, T extends Tensor>(
  { name, built, draw }: StepProgram<Batch>,
  backend: Backend<T>,
  weights: Weights,
  { parts, replicas }: Sharing = { parts: 1 },
): Promise<GradientStep<Batch, T>> {
  const { graph, parameters } = built;
  if (parts > 1 && !backend.hostMemory)
    throw new RangeError(
      `training: batches are cut into ${parts} parts, but tensors of backend ${backend.name} do not lie on the host; expected 1 part, or another backend`,
    );
  const memoryOf = (tensor: T): TypedArray => backend.hostMemory!(tensor); // seen, where there are parts
  const program = await backend.compile(graph, weights, { name });
  const elsewhere = parts > 1 ? await replicas?.compile({ name, graph, weights, parameters }) : undefined;
  const threads = 1 + (elsewhere ? replicas!.count : 0); // compiled by replicas

  const runHere = (host: HostTensors, present: Tensors<T>): Promise<Ran<T>> =>
    withUploaded(backend, host, async (feeds) => {
      const { gradients, outputs } = split(await program.run(inputsOf(graph, { ...feeds, ...present })));
      return { gradients, outputs: await takeAll(backend, outputs) };
    });
  const addTo = chooseAdd();
  /** All threads at once, again and again; sums in the order of the parts, so that threads change nothing. */
  const runParts = async (drawn: readonly Drawn[], present: Tensors<T>) => {
    elsewhere?.share(mapped(present, memoryOf));
    let sums: Tensors<T> | undefined;
    let squares = 0;
    const add = (gradients: Readonly<Record<string, TypedArray>>) => {
      squares = 0;
      for (const [key, sum] of Object.entries(sums!)) squares += addTo(memoryOf(sum), gradients[key]!); // of the same program
    };
    const outputs: Ran<T>["outputs"][] = [];
    for (let i = 0; i < drawn.length; i += threads) {
      const [here, ...others] = drawn.slice(i, i + threads).map(({ host }) => host);
      const [own, ...rest] = await Promise.all([runHere(here!, present), ...others.map((host, k) => elsewhere!.run(k, host))]); // prettier-ignore
      outputs.push(own.outputs);
      if (sums) {
        add(mapped(own.gradients, memoryOf));
        for (const tensor of Object.values(own.gradients)) backend.free(tensor);
      } else {
        sums = own.gradients;
        squares = own.outputs["norm"]![0]! ** 2; // a scalar
      }
      for (const results of rest.map(split)) {
        add(results.gradients);
        outputs.push(mapped(results.outputs, (values) => values.slice())); // a replica's next run writes there again
      }
    }
    return { gradients: sums!, norm: Math.sqrt(squares), outputs }; // a batch is not empty
  };

  return {
    parameters,
    async run(batch, present, random): Promise<StepResult<T>> {
      const drawn: Drawn[] = [];
      for (const part of cutBatch(batch, parts)) drawn.push(await draw(part, random));
      const { gradients, norm, outputs } = await runParts(drawn, present);
      const units = drawn.reduce((sum, part) => sum + part.units, 0);
      const metrics: Record<string, number> = {};
      for (const [i, part] of drawn.entries())
        for (const [key, value] of Object.entries(part.metrics(outputs[i]!)))
          // as many as drawn
          metrics[key] = (metrics[key] ?? 0) + (value * part.units) / Math.max(1, units);
      return { gradients, norm, units, metrics };
    },
    dispose() {
      program.dispose();
      elsewhere?.dispose();
    },
  };
}

function split<V>(results: Readonly<Record<string, V>>): {
  gradients: Record<string, V>;
  outputs: Record<string, V>;
} {
  const of = (isGradient: boolean) =>
    Object.fromEntries(Object.entries(results).filter(([key]) => key.startsWith("gradient.") === isGradient));
  return { gradients: of(true), outputs: of(false) };
}

function mapped<V, R>(values: Readonly<Record<string, V>>, map: (value: V) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value)]));
}
