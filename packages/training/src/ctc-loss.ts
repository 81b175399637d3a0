// Connectionist temporal classification on the host: value and gradient, in the log domain and float64.
import { ShapeError } from "@wav2vec/core";
import { canSkip, chainOf, checkTargets, type CtcTargets } from "./ctc-targets.js";

/** A batch of logits and what they should spell. */
export interface CtcBatch extends CtcTargets {
  /** [batch, frames, classes], row-major, not yet normalised. */
  readonly logits: Float32Array | Float64Array;
}

export interface CtcOptions {
  /** Class of the blank; default 0. */
  readonly blank?: number;
  /** `mean` (default) divides each row by its label count, then averages over the rows, as torch does. */
  readonly reduction?: "mean" | "sum";
  /** Rows with too few frames for their labels count 0 instead of infinity; default true. */
  readonly zeroInfinity?: boolean;
}

/** What training needs of the loss. */
export interface CtcLoss {
  /** Reduced over the rows. */
  readonly loss: number;
  /** -log p(targets | logits) of each row, neither reduced nor replaced by 0. */
  readonly rows: Float64Array;
  /** d loss / d logits, [batch, frames, classes]. NaN for an infinite row without `zeroInfinity`, as in torch. */
  readonly gradient: Float32Array;
}

/**
 * The CTC loss of a batch.
 *
 * @throws ShapeError if the sizes do not fit; LabelError if a label is the blank or no class
 * @see Graves et al. 2006, equations 6 to 16; torch.nn.functional.ctc_loss
 */
export function ctcLoss(batch: CtcBatch, options: CtcOptions = {}): CtcLoss {
  const { blank = 0, reduction = "mean", zeroInfinity = true } = options;
  checkTargets(batch, blank);
  const { logits, shape, frameCounts, targets } = batch;
  const [rowCount, frames, classes] = shape;
  if (logits.length !== rowCount * frames * classes)
    throw new ShapeError(
      `ctcLoss: got ${logits.length} logits for [${shape.join(", ")}]; expected ${rowCount * frames * classes}`,
    );
  const gradient = new Float32Array(logits.length);
  const rows = new Float64Array(rowCount);
  let loss = 0;
  for (let row = 0; row < rowCount; row++) {
    const at = row * frames * classes;
    const used = frameCounts[row]! * classes;
    const target = targets[row]!;
    const scale = reduction === "mean" ? 1 / (Math.max(1, target.length) * rowCount) : 1;
    rows[row] = ctcRow(
      logits.subarray(at, at + used),
      classes,
      target,
      blank,
      scale,
      gradient.subarray(at, at + used),
    );
    if (rows[row] !== Infinity) loss += rows[row]! * scale;
    else if (!zeroInfinity) {
      loss = Infinity;
      gradient.fill(NaN, at, at + used);
    }
  }
  return { loss, rows, gradient };
}

/** -log p of one row; writes scale * d loss / d logits unless that is infinite. */
function ctcRow(
  logits: Float32Array | Float64Array,
  classes: number,
  target: ArrayLike<number>,
  blank: number,
  scale: number,
  gradient: Float32Array,
): number {
  const frames = logits.length / classes;
  const labels = chainOf(target, blank);
  const states = labels.length;
  if (frames === 0) return states === 1 ? 0 : Infinity;
  const normalisers = logNormalisers(logits, classes);
  const emissions = new Float64Array(frames * states);
  for (let t = 0; t < frames; t++) {
    for (let s = 0; s < states; s++) {
      emissions[t * states + s] = logits[t * classes + labels[s]!]! - normalisers[t]!;
    }
  }

  const alpha = forward(emissions, labels, frames); // log p(labels up to s, frames up to t)
  const end = frames * states - 1;
  const logLikelihood = states === 1 ? alpha[end]! : logSum(alpha[end]!, alpha[end - 1]!, -Infinity);
  if (logLikelihood === -Infinity) return Infinity;

  for (let t = 0; t < frames; t++) {
    for (let k = 0; k < classes; k++) {
      const i = t * classes + k;
      gradient[i] = scale * Math.exp(logits[i]! - normalisers[t]!);
    }
  }
  // Posterior of each label at each frame, taken off the softmax (Graves, equation 16).
  const posterior = new Float64Array(classes);
  eachBackward(emissions, labels, frames, (t, beta) => {
    for (let s = 0; s < states; s++) {
      posterior[labels[s]!]! += Math.exp(alpha[t * states + s]! + beta[s]! - logLikelihood);
    }
    for (let s = 0; s < states; s++) {
      const label = labels[s]!;
      const i = t * classes + label;
      gradient[i] = gradient[i]! - scale * posterior[label]!;
      posterior[label] = 0;
    }
  });
  return -logLikelihood;
}

/** log of the sum of exp over the classes of each frame. */
function logNormalisers(logits: Float32Array | Float64Array, classes: number): Float64Array {
  return new Float64Array(logits.length / classes).map((_, t) => {
    let largest = -Infinity;
    for (let i = t * classes; i < (t + 1) * classes; i++) largest = Math.max(largest, logits[i]!);
    let sum = 0;
    for (let i = t * classes; i < (t + 1) * classes; i++) sum += Math.exp(logits[i]! - largest);
    return largest + Math.log(sum);
  });
}

/** alpha [frames, states]; each state is reached from itself, the one before, and past a blank between two labels. */
function forward(emissions: Float64Array, labels: Int32Array, frames: number): Float64Array {
  const states = labels.length;
  const alpha = new Float64Array(frames * states).fill(-Infinity);
  alpha[0] = emissions[0]!;
  if (states > 1) alpha[1] = emissions[1]!;
  for (let t = 1; t < frames; t++) {
    const before = (t - 1) * states;
    const last = Math.min(states, 2 * (t + 1));
    for (let s = 0; s < last; s++) {
      const skip = canSkip(labels, s) ? alpha[before + s - 2]! : -Infinity;
      const one = s > 0 ? alpha[before + s - 1]! : -Infinity;
      alpha[t * states + s] = logSum(alpha[before + s]!, one, skip) + emissions[t * states + s]!;
    }
  }
  return alpha;
}

/** Calls `visit` for each frame, last first, with beta [states]: log p(the rest of the labels, frames after t | state s at t). */
function eachBackward(
  emissions: Float64Array,
  labels: Int32Array,
  frames: number,
  visit: (t: number, beta: Float64Array) => void,
): void {
  const states = labels.length;
  let beta = new Float64Array(states).fill(-Infinity);
  let earlier = new Float64Array(states);
  beta[states - 1] = 0;
  if (states > 1) beta[states - 2] = 0;
  visit(frames - 1, beta);
  for (let t = frames - 2; t >= 0; t--) {
    const after = (t + 1) * states;
    for (let s = 0; s < states; s++) {
      const stay = beta[s]! + emissions[after + s]!;
      const one = s + 1 < states ? beta[s + 1]! + emissions[after + s + 1]! : -Infinity;
      const two =
        s + 2 < states && canSkip(labels, s + 2) ? beta[s + 2]! + emissions[after + s + 2]! : -Infinity;
      earlier[s] = logSum(stay, one, two);
    }
    [beta, earlier] = [earlier, beta];
    visit(t, beta);
  }
}

function logSum(a: number, b: number, c: number): number {
  const largest = a > b ? (a > c ? a : c) : b > c ? b : c;
  if (largest === -Infinity) return -Infinity;
  return largest + Math.log(Math.exp(a - largest) + Math.exp(b - largest) + Math.exp(c - largest));
}
