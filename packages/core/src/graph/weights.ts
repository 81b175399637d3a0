// The check that weights fit the parameters of a graph, and handles over arrays in memory.
import type { WeightHandle, Weights } from "./backend.js";
import { formatShape, sameShape } from "./dim.js";
import { WeightError, type WeightProblem } from "./errors.js";
import type { Param } from "./graph.js";

/**
 * Checks that every parameter has a weight of its shape.
 *
 * @throws WeightError that lists every missing and wrongly shaped one
 */
export function checkWeights(params: readonly Param[], weights: Weights, graphName = "graph"): void {
  const problems: WeightProblem[] = [];
  for (const { name, shape } of params) {
    const weight = weights.get(name);
    if (!weight)
      problems.push({ kind: "missing", path: name, detail: `"${name}" ${formatShape(shape)} is missing` });
    else if (!sameShape(weight.shape, shape)) {
      problems.push({
        kind: "shape",
        path: name,
        detail: `"${name}" is ${formatShape(weight.shape)} in the weights, ${formatShape(shape)} in the graph`,
      });
    }
  }
  if (problems.length === 0) return;
  const list = problems.map(({ detail }) => `  ${detail}`).join("\n");
  throw new WeightError(
    `${graphName}: ${problems.length} of ${params.length} parameters do not fit the weights\n${list}`,
    problems,
  );
}

/** A weight that is already in memory. */
export function weightFromArray(data: Float32Array, shape: readonly number[]): WeightHandle {
  return { shape, dtype: "float32", read: () => Promise.resolve(data) };
}
