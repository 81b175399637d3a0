// How much of a head on a frozen encoder can be computed once a clip: everything that no trained parameter goes into.
import {
  featureInputs,
  graph,
  input,
  replaceValues,
  sameDim,
  scope,
  topologicalOrder,
  type Dim,
  type Graph,
  type Head,
  type Value,
  type Wav2Vec2Config,
} from "@wav2vec/core";

/** A head in two parts. */
export interface FrozenCut {
  /** From features (`featureInputs` with layers and frame counts) to `kept.0`, `kept.1` …: what is worth keeping. */
  readonly first: Graph;
  /** The head's outputs from inputs `kept.0` … and, if it asks for them, `frameCounts`. */
  readonly outputs: Readonly<Record<string, Value>>;
}

/**
 * Cuts a head where trained parameters begin. What is kept is of one clip each: [batch, …] without frames, or
 * [batch, frames, dim] as long as it does not depend on frame counts (so that rows can be padded anew). A head that
 * pools before its first parameter thus keeps a few vectors a clip; one that works on frames keeps the states it reads.
 *
 * @param isTrained whether a parameter of the head learns; the others belong to the first part
 */
export function cutFrozen(
  config: Wav2Vec2Config,
  head: Head,
  isTrained: (name: string) => boolean,
): FrozenCut {
  const features = featureInputs(config, { layers: true, padded: true });
  const outputs = head(features, scope());
  const [batch, frames] = features.last.shape as readonly [Dim, Dim, Dim]; // featureInputs' own shape
  const marks = markValues(Object.values(outputs), features.frameCounts, isTrained);

  const isKept = (value: Value) => {
    const { hears, counts } = marks.get(value)!; // every value is marked
    const rest = value.shape.slice(1);
    const ofClip = value.shape.length > 1 && rest.every((dim) => typeof dim === "number");
    const ofFrames = rest.length === 2 && sameDim(rest[0]!, frames) && typeof rest[1] === "number" && !counts;
    return hears && value.dtype === "float32" && value.shape.length > 1 && sameDim(value.shape[0]!, batch) && (ofClip || ofFrames); // prettier-ignore
  };
  const kept = new Map<Value, Value>();
  const seen = new Set<Value>();
  const stack = Object.values<Value>(outputs);
  while (stack.length > 0) {
    const value = stack.pop()!; // length > 0
    if (seen.has(value)) continue;
    seen.add(value);
    if (!marks.get(value)!.learns && isKept(value)) kept.set(value, input(`kept.${kept.size}`, value.shape));
    else if (value.kind === "op" || value.kind === "composite")
      stack.push(...(value.inputs as readonly Value[]));
  }
  const named = [...kept].map(([value], i) => [`kept.${i}`, value] as const);
  return { first: graph(Object.fromEntries(named)), outputs: replaceValues(outputs, kept) };
}

interface Mark {
  /** A trained parameter goes into it. */
  readonly learns: boolean;
  /** Something of the recording goes into it. */
  readonly hears: boolean;
  /** Frame counts go into it. */
  readonly counts: boolean;
}

function markValues(
  outputs: readonly Value[],
  frameCounts: Value | undefined,
  isTrained: (name: string) => boolean,
): ReadonlyMap<Value, Mark> {
  const marks = new Map<Value, Mark>();
  for (const value of topologicalOrder(outputs, () => true)) {
    if (value.kind === "input") {
      const counts = value === frameCounts;
      marks.set(value, { learns: false, hears: !counts, counts });
    } else if (value.kind === "param") {
      marks.set(value, { learns: isTrained(value.name), hears: false, counts: false });
    } else {
      const inputs = value.inputs.map((x: Value) => marks.get(x)!); // in topological order
      const any = (mark: keyof Mark) => inputs.some((x) => x[mark]);
      marks.set(value, { learns: any("learns"), hears: any("hears"), counts: any("counts") });
    }
  }
  return marks;
}
