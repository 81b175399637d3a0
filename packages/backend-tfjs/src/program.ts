// A compiled graph: values in topological order, each freed after its last use.
import {
  bindInputs,
  checkWeights,
  topologicalOrder,
  type Bindings,
  type CompileOptions,
  type Graph,
  type Program,
  type Value,
  type Weights,
} from "@wav2vec/core";
import type { DeviceSwitch } from "./device.js";
import { evaluate, isWhole, needs } from "./evaluate.js";
import { sameHandle } from "./layout.js";
import { full, naturalOrder, type Operand } from "./operand.js";
import { assertLive, type TfjsTensor } from "./tensor.js";
import type { TensorFlow } from "./tensorflow.js";
import { uploadWeights, type Upload } from "./upload-weights.js";

/** The device that a program belongs to. */
export interface ProgramDevice extends CompileOptions {
  readonly tf: TensorFlow;
  readonly target: DeviceSwitch;
  readonly upload: Upload;
}

/**
 * Uploads the weights and plans when each value dies.
 *
 * @throws WeightError if a parameter is missing or has another shape
 */
export async function compileProgram(
  graph: Graph,
  weights: Weights,
  { tf, target, upload, name }: ProgramDevice,
): Promise<Program<TfjsTensor>> {
  checkWeights(graph.params, weights, name);
  const order = topologicalOrder(Object.values(graph.outputs), isWhole);
  const params = await uploadWeights(tf, order, weights, upload);
  const dying = deaths(order, new Set(Object.values(graph.outputs)));
  let disposed = false;

  /** `owned`: inputs that the run may free as soon as it is done with them. */
  function evaluateAll(
    inputs: Readonly<Record<string, TfjsTensor>>,
    owned: ReadonlySet<string>,
    bindings: Bindings,
  ): Record<string, TfjsTensor> {
    const live = new Map<Value, Operand>();
    const outputs: Record<string, TfjsTensor> = {};
    const release = (value: Value) => {
      const isOurs = value.kind === "input" ? owned.has(value.name) : value.kind !== "param";
      if (isOurs) live.get(value)?.handle.dispose();
      live.delete(value);
    };
    try {
      order.forEach((value, step) => {
        live.set(value, operandOf(value));
        for (const dead of dying[step]!) release(dead);
      });
      for (const [key, value] of Object.entries(graph.outputs))
        outputs[key] = hostOrder(tf, live.get(value)!); // outputs do not die
      return outputs;
    } catch (error) {
      for (const { handle } of Object.values(outputs)) handle.dispose();
      throw error;
    } finally {
      for (const value of [...live.keys()]) release(value);
    }

    function operandOf(value: Value): Operand {
      if (value.kind === "param") return params.get(value.name)!; // uploaded when compiled
      if (value.kind !== "input") return evaluate(tf, value, (x) => live.get(x)!, bindings); // in topological order
      const { handle, shape, dtype } = inputs[value.name]!; // bindInputs has seen it
      return { handle, shape, dtype, order: naturalOrder(shape.length) };
    }
  }

  return {
    async run(inputs, { donate = [] } = {}) {
      if (disposed) throw new Error(`run: ${name ?? "the program"} was disposed; compile the graph again`);
      await target.ready();
      for (const tensor of Object.values(inputs)) assertLive("run", tensor);
      const bindings = bindInputs(graph, inputs);
      checkDonations(graph, donate);
      target.activate();
      const handles = Object.values(inputs).map(({ handle }) => handle);
      const isShared = (key: string) => handles.filter((handle) => handle === inputs[key]!.handle).length > 1;
      const owned = new Set(donate.filter((key) => !isShared(key)));
      try {
        return evaluateAll(inputs, owned, bindings);
      } finally {
        for (const key of donate) if (!inputs[key]!.handle.isDisposed) inputs[key]!.handle.dispose();
      }
    },
    dispose() {
      if (disposed) return;
      disposed = true;
      for (const { handle } of params.values()) handle.dispose();
    },
  };
}

/** The values that nothing needs after each step of `order`; those in `kept` never die. */
function deaths(order: readonly Value[], kept: ReadonlySet<Value>): Value[][] {
  const lastUse = new Map<Value, number>();
  order.forEach((value, step) => {
    lastUse.set(value, step);
    for (const x of needs(value)) lastUse.set(x, step);
  });
  const dying: Value[][] = order.map(() => []);
  for (const [value, step] of lastUse) if (!kept.has(value)) dying[step]!.push(value);
  return dying;
}

/** The operand as the caller gets it: a handle of its own, axes in order, nothing left to expand. */
function hostOrder(tf: TensorFlow, operand: Operand): TfjsTensor {
  const { shape, dtype, order } = operand;
  const handle = tf.keep(tf.tidy(() => sameHandle(tf, full(tf, operand, naturalOrder(order.length)))));
  return { shape, dtype, handle };
}

function checkDonations(graph: Graph, donate: readonly string[]): void {
  const names = graph.inputs.map(({ name }) => name);
  const unknown = donate.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new Error(
      `run: cannot donate "${unknown.join('", "')}"; expected names of inputs: ${names.join(", ")}`,
    );
  }
}
