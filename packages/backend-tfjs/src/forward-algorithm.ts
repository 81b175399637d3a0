// The forward algorithm frame by frame: TensorFlow.js has no loop of its own.
import { UNREACHABLE } from "@wav2vec/core";
import type { TensorFlow, TfTensor } from "./tensorflow.js";

/** Emissions [batch, frames, states] and skips [batch, states], neither empty; see the word of core. */
export function forwardAlgorithm(tf: TensorFlow, emissions: TfTensor, skips: TfTensor): TfTensor {
  const [batch, frames, states] = emissions.shape as [number, number, number]; // checked by core
  const unreachable = (width: number) => tf.fill([batch, width], UNREACHABLE);
  const two = unreachable(2);
  let before: TfTensor = states === 1 ? tf.zeros([batch, 1]) : tf.concat([tf.zeros([batch, 1]), unreachable(states - 1)], 1); // prettier-ignore
  const results: TfTensor[] = [];
  for (let t = 0; t < frames; t++) {
    const [joint, after] = tf.tidy(() => {
      const shifted = tf.concat([two, before], 1);
      const ways = [
        before,
        tf.slice(shifted, [0, 1], [batch, states]),
        tf.add(tf.slice(shifted, [0, 0], [batch, states]), skips),
      ] as [TfTensor, TfTensor, TfTensor]; // three
      const frame = tf.reshape(tf.slice(emissions, [0, t, 0], [batch, 1, states]), [batch, states]);
      const u = tf.add(logSumOfThree(tf, ways), frame);
      const largest = tf.max(u, 1, true);
      const total = tf.add(largest, tf.log(tf.sum(tf.exp(tf.sub(u, largest)), 1, true)));
      return [u, tf.sub(u, total)] as [TfTensor, TfTensor];
    });
    before.dispose();
    results.push(joint);
    before = after;
  }
  before.dispose();
  return tf.stack(results, 1);
}

function logSumOfThree(tf: TensorFlow, [a, b, c]: readonly [TfTensor, TfTensor, TfTensor]): TfTensor {
  const largest = tf.maximum(tf.maximum(a, b), c);
  const [x, y, z] = [a, b, c].map((way) => tf.exp(tf.sub(way, largest))) as [TfTensor, TfTensor, TfTensor];
  return tf.add(largest, tf.log(tf.add(tf.add(x, y), z)));
}
