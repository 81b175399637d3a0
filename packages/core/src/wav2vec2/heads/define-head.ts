// Heads as functions of Features, checked when they are built, and several of them on one pass of the encoder.
import { formatShape, sameDim } from "../../graph/dim.js";
import { ShapeError } from "../../graph/errors.js";
import type { Value } from "../../graph/graph.js";
import type { Weights } from "../../graph/backend.js";
import { scope as rootScope, type Scope } from "../../graph/scope.js";
import type { ClipGraph } from "../clip-programs.js";
import type { Wav2Vec2Config } from "../config.js";
import { encode, type Features } from "../encoder.js";

/**
 * What a head makes of the encoder's states: outputs [batch, dim] for a clip, or [batch, frames, dim] for each frame.
 * Its parameters are named by `scope`; at the root these are the keys of a Hugging Face checkpoint.
 */
export type Head<Output extends string = string> = (
  features: Features,
  scope: Scope,
) => Readonly<Record<Output, Value>>;

/**
 * Makes a head of a function. It works with clips of any length, alone or padded, if it pools with `maskedMean` and
 * its like, and in any program beside other heads.
 *
 * @throws ShapeError, when the head is built, if it has no output or one that is neither [batch, dim] nor [batch, frames, dim]
 */
export function defineHead<Output extends string>(build: Head<Output>): Head<Output> {
  return (features, scope) => {
    const outputs = build(features, scope);
    const named = Object.entries<Value>(outputs);
    if (named.length === 0)
      throw new ShapeError("head: has no output; expected at least one, e.g. { logits }");
    for (const [name, value] of named) checkOutput(name, value, features);
    return outputs;
  };
}

function checkOutput(name: string, { shape, dtype }: Value, { last }: Features): void {
  const [batch, frames] = last.shape;
  const perClip = shape.length === 2 && sameDim(shape[0]!, batch!);
  const perFrame = shape.length === 3 && sameDim(shape[0]!, batch!) && sameDim(shape[1]!, frames!);
  if (dtype === "float32" && (perClip || perFrame)) return;
  throw new ShapeError(
    `head: output "${name}" is ${dtype}${formatShape(shape)}; expected float32 [batch, dim] or [batch, frames, dim]; pool over frames, or keep all of them`,
  );
}

/** The encoder and one head, with parameters named as in a checkpoint of the two. */
export function headGraph<Output extends string>(
  config: Wav2Vec2Config,
  head: Head<Output>,
): ClipGraph<Output> {
  return {
    config,
    build: (samples, lengths) => head(encode(samples, config, lengths ? { lengths } : {}), rootScope()),
  };
}

/**
 * The encoder and several heads on one pass. Head `name` has its parameters under `name.` (see `weightsUnder`) and
 * gives the outputs `name.output`.
 */
export function headsGraph(config: Wav2Vec2Config, heads: Readonly<Record<string, Head>>): ClipGraph {
  return {
    config,
    build: (samples, lengths) => {
      const features = encode(samples, config, lengths ? { lengths } : {});
      return Object.fromEntries(
        Object.entries(heads).flatMap(([name, head]) =>
          Object.entries(head(features, rootScope(name))).map(([output, value]) => [
            `${name}.${output}`,
            value,
          ]),
        ),
      );
    },
  };
}

/** The weights of one head's checkpoint as `headsGraph` names them. */
export function weightsUnder(name: string, weights: Weights): Weights {
  return new Map([...weights].map(([key, weight]) => [`${name}.${key}`, weight]));
}
