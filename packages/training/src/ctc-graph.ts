// Connectionist temporal classification as values of a graph: loss and gradient in one program with the model.
import {
  add,
  concat,
  equal,
  exp,
  forwardAlgorithm,
  gather,
  input,
  iota,
  less,
  log,
  logSoftmax,
  matMul,
  max,
  mul,
  mulDims,
  neg,
  reshape,
  slice,
  softmax,
  sub,
  sum,
  symbol,
  transpose,
  UNREACHABLE,
  where,
  type Dim,
  type Value,
} from "@wav2vec/core";

/** Values that `ctcGraph` adds to a graph of logits. */
export interface CtcGraph {
  /** [batch]: -log p(targets | logits) of each row; without meaning for rows that `ctcFeeds` calls impossible. */
  readonly losses: Value;
  /** Of the logits' shape: the gradient of the losses, each times its row's weight; 0 at padding. */
  readonly gradient: Value;
}

/**
 * The CTC loss of logits [batch, frames, classes] and its gradient. Adds the inputs that `ctcFeeds` fills: `ctc.classes`
 * and what tells states from padding, skips forwards and backwards, the mirrored chain, weights of frames.
 *
 * @see Graves et al. 2006, equations 6 to 16, in the log domain
 */
export function ctcGraph(logits: Value): CtcGraph {
  const [batch, frames, classCount] = logits.shape as readonly [Dim, Dim, number]; // a head has them
  const states = symbol("states");
  const classes = input("ctc.classes", [batch, states], "int32");
  const mirror = input("ctc.mirror", [batch, frames, states], "int32");
  const weights = input("ctc.weights", [batch, frames]);
  const skips = ["ctc.skips", "ctc.skipsBack"].map((name) => input(name, [batch, states]));
  const mirrored = (x: Value) => gather(reshape(x, [mulDims(mulDims(batch, frames), states)]), mirror);

  const classOf = iota([batch, states, classCount], 2);
  const oneHot = where(equal(reshape(classes, [batch, states, 1]), classOf), 1, 0); // all 0 where there is no state
  const emitted = matMul(logSoftmax(logits), transpose(oneHot, [0, 2, 1]));
  const emissions = where(reshape(less(-1, classes), [batch, 1, states]), emitted, UNREACHABLE);

  // Backwards is forwards on the mirrored chain; both go through time together.
  const both = forwardAlgorithm(concat([emissions, mirrored(emissions)], 0), concat(skips, 0));
  const forward = slice(both, 0, 0, batch);
  const backward = mirrored(slice(both, 0, batch, mulDims(2, batch)));
  const steps = logSum(forward); // log p(frame | those before)
  const reached = sub(forward, steps); // log p(state | frames so far)

  // A frame's posterior over its states needs no common factor. Both ways count the frame's own emission: once too often.
  const posterior = softmax(sub(add(reached, backward), emissions));
  const gradient = mul(sub(softmax(logits), matMul(posterior, oneHot)), reshape(weights, [batch, frames, 1]));

  // The chain ends in its last state or the one before: mirrored, the first two states of the first frame.
  const ends = logSum(slice(slice(mirrored(reached), 1, 0, 1), 2, 0, 2));
  const used = where(less(0, weights), reshape(steps, [batch, frames]), 0);
  const likelihoods = add(reshape(sum(used, [1]), [batch]), reshape(ends, [batch]));
  return { losses: neg(likelihoods), gradient };
}

/** log of the sum of exp over the last axis, which stays with length 1. */
function logSum(x: Value): Value {
  const largest = max(x, [-1]);
  return add(largest, log(sum(exp(sub(x, largest)), [-1])));
}
