// Adam with decoupled weight decay as a graph: parameters and their moments in, the next ones out.
import {
  add,
  div,
  graph,
  input,
  mul,
  reshape,
  slice,
  sqrt,
  sub,
  type Graph,
  type Value,
} from "@wav2vec/core";

/** A parameter that training changes. */
export interface TrainedParameter {
  /** Its checkpoint key. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Parameters of one group share rate and decay; `decays` says whether there is any. */
  readonly group: string;
  readonly decays: boolean;
}

/** What one group needs at one update. */
export interface AdamSettings {
  readonly rate: number;
  readonly betas: readonly [number, number];
  readonly eps: number;
  /** Where eps is added to the root of the second moment: `torch` after its bias correction, `fairseq` before. */
  readonly epsRule: "torch" | "fairseq";
  /** Share of the parameter that is taken off, times the rate. */
  readonly weightDecay: number;
  /** Number of this update, counted from 1. */
  readonly update: number;
  /** Multiplies every gradient first: clipping, loss scaling, the mean over accumulated batches. */
  readonly gradientScale: number;
}

const COEFFICIENTS = 6;

/**
 * The input `adam.GROUP` of one update: everything that depends on settings alone, worked out in float64.
 *
 * @see Loshchilov and Hutter 2019, Decoupled weight decay; torch.optim.AdamW; fairseq optim/adam.py
 */
export function adamCoefficients(settings: AdamSettings): Float32Array {
  const { rate, betas, eps, epsRule, weightDecay, update, gradientScale } = settings;
  const [first, second] = betas;
  const correction = Math.sqrt(1 - second ** update);
  return Float32Array.of(
    gradientScale,
    1 - first,
    1 - second,
    (rate * correction) / (1 - first ** update),
    epsRule === "torch" ? eps * correction : eps,
    rate * weightDecay,
  );
}

/**
 * The update graph. For each parameter NAME it reads `parameter.NAME`, `gradient.NAME`, `first.NAME` and
 * `second.NAME` (moments, zero at the start), and gives the next `parameter.NAME`, `first.NAME` and `second.NAME`;
 * for each group it reads `adam.GROUP` from `adamCoefficients`. Every output is made element by element from the
 * input of its name, so a backend can write it in place when that is donated.
 */
export function adamGraph(parameters: readonly TrainedParameter[]): Graph {
  const groups = new Map<string, readonly Value[]>();
  const outputs: Record<string, Value> = {};
  for (const { name, shape, group, decays } of parameters) {
    const coefficients = groups.get(group) ?? scalars(input(`adam.${group}`, [COEFFICIENTS]));
    groups.set(group, coefficients);
    const [parameter, gradient, first, second] = ["parameter", "gradient", "first", "second"].map((what) =>
      input(`${what}.${name}`, shape),
    ) as [Value, Value, Value, Value]; // four names
    const [scale, oneMinusFirst, oneMinusSecond, step, eps, decay] = coefficients as SixValues;
    const scaled = mul(gradient, scale);
    // m + (1 - b) (g - m) rather than b m + (1 - b) g: then the last op reads m, and may write it
    const nextFirst = add(first, mul(sub(scaled, first), oneMinusFirst));
    const nextSecond = add(second, mul(sub(mul(scaled, scaled), second), oneMinusSecond));
    const change = mul(div(nextFirst, add(sqrt(nextSecond), eps)), step);
    outputs[`parameter.${name}`] = sub(parameter, decays ? add(change, mul(parameter, decay)) : change);
    outputs[`first.${name}`] = nextFirst;
    outputs[`second.${name}`] = nextSecond;
  }
  return graph(outputs);
}

type SixValues = readonly [Value, Value, Value, Value, Value, Value];

function scalars(vector: Value): readonly Value[] {
  return Array.from({ length: COEFFICIENTS }, (_, i) => reshape(slice(vector, 0, i, i + 1), []));
}

/**
 * A running average of weights: reads `average.NAME`, `parameter.NAME` and the scalar `share`, the part that the
 * new weights take (1 - decay); gives the next `average.NAME`, in place when donated.
 */
export function averageGraph(parameters: readonly Pick<TrainedParameter, "name" | "shape">[]): Graph {
  const share = input("share", []);
  return graph(
    Object.fromEntries(
      parameters.map(({ name, shape }) => {
        const average = input(`average.${name}`, shape);
        return [`average.${name}`, add(average, mul(sub(input(`parameter.${name}`, shape), average), share))];
      }),
    ),
  );
}
