// Gradients against finite differences in float64, on the reference backend.
import { reference, referenceTensor, type ReferenceTensor } from "../reference/reference.js";
import type { Shape } from "./dim.js";
import type { DType } from "./dtype.js";
import { gradient, type GradientOptions } from "./gradient.js";
import { graph, input, type Graph, type Input, type Value } from "./graph.js";

/** A point at which to differentiate: one tensor per input of the function. */
export interface GradientPoint {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
  /** The input's shape in the graph, where that has symbols. */
  readonly declared?: Shape;
  /** Only float32, the default, is differentiated. */
  readonly dtype?: DType;
}

/** How far the gradient is from the differences. */
export interface GradientCheck {
  /** Largest |gradient - difference| over all inputs, divided by the largest |difference| of the same input if that is not 0. */
  readonly worst: number;
  /** The smallest, over the inputs, of the largest |difference|: near zero, the check proves nothing. */
  readonly scale: number;
}

/**
 * Differentiates seed · build(inputs) for a fixed seed, by graph and by differences of fourth order.
 *
 * @param build a function of one input per point, smooth within 2 · step of the point
 * @param step distance of the differences; the error of the differences themselves is about 1e-11
 */
export async function checkGradient(
  build: (inputs: readonly Input[]) => Value,
  point: readonly GradientPoint[],
  options: GradientOptions = {},
  step = 1e-3,
): Promise<GradientCheck> {
  const inputs = point.map(({ shape, declared = shape, dtype }, i) => input(`x${i}`, declared, dtype));
  const y = build(inputs);
  const seed = input("seed", y.shape);
  const gradients = gradient([{ value: y, seed }], inputs, options);
  const named = gradients.flatMap((dx, i) => (dx ? [[`dx${i}`, dx] as const] : []));
  const forward = runner({ ...graph({ y }), inputs });
  // All inputs, because those that no gradient reads may still define its lengths.
  const backward = runner({ ...graph(Object.fromEntries(named)), inputs: [...inputs, seed] });

  const feeds = Object.fromEntries(
    point.map(({ shape, values, dtype }, i) => [`x${i}`, referenceTensor(values, shape, dtype)]),
  );
  const { data: value, shape } = (await forward(feeds)).y!; // the only output
  const weights = value.map((_, i) => Math.cos(1 + 2.3 * i)); // any numbers of both signs
  const analytic = await backward({ ...feeds, seed: referenceTensor(weights, shape) });

  const loss = async () => (await forward(feeds)).y!.data.reduce((sum, v, i) => sum + v * weights[i]!, 0); // as above
  let worst = 0;
  let scale = Infinity;
  for (const [i, { dtype }] of inputs.entries()) {
    if (dtype !== "float32") continue;
    const { data } = feeds[`x${i}`]!; // one per input
    const numeric = await differences(data, loss, step);
    const largest = numeric.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    const dx = analytic[`dx${i}`]?.data ?? new Float64Array(data.length);
    numeric.forEach((n, j) => {
      worst = Math.max(worst, Math.abs(n - dx[j]!) / (largest || 1));
    });
    scale = Math.min(scale, largest);
  }
  return { worst, scale };
}

/** d loss / d x for each element, changing `x` in place and back. */
async function differences(x: Float64Array, loss: () => Promise<number>, step: number): Promise<number[]> {
  const numeric: number[] = [];
  for (let j = 0; j < x.length; j++) {
    const centre = x[j]!;
    let sum = 0;
    for (const [offset, weight] of [
      [1, 8],
      [-1, -8],
      [2, -1],
      [-2, 1],
    ] as const) {
      x[j] = centre + offset * step;
      sum += weight * (await loss());
    }
    x[j] = centre;
    numeric.push(sum / (12 * step));
  }
  return numeric;
}

type Feeds = Readonly<Record<string, ReferenceTensor>>;
type Run = (feeds: Feeds) => Promise<Feeds>;

/** Runs a graph on those of the feeds that it has inputs for. */
function runner(of: Graph): Run {
  const program = reference.compile(of, new Map());
  const names = of.inputs.map(({ name }) => name);
  return async (feeds) => (await program).run(Object.fromEntries(names.map((name) => [name, feeds[name]!])));
}
