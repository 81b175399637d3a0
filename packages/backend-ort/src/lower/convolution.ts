// Convolution over time and its two gradients as ONNX nodes.
import { addDims, mulDims, subDims, type Dim } from "@wav2vec/core";
import type { Emitter } from "./emitter.js";
import { padded, reshaped, sliced, type OpCall, type Operand } from "./operand.js";

/** x [batch, cin, time], weight [cout, cin / groups, kernel] -> [batch, cout, frames] */
export function conv1d(
  [x, weight]: readonly [Operand, Operand],
  { attrs: { stride, padding, dilation, groups } }: OpCall<"conv1d">,
  emit: Emitter,
): string {
  if (x.shape[1] === 1) {
    const attributes = { strides: [stride], pads: padding, dilations: [dilation], group: groups };
    return emit.node("Conv", [x.name, weight.name], attributes);
  }
  // As an image of height 1: ONNX Runtime's blocked layout (NCHWc) exists for two dimensions only.
  const kernel = emit.unsqueeze(weight.name, 2);
  const y = emit.node("Conv", [emit.image(x.name), kernel], {
    strides: [1, stride],
    pads: [0, padding[0], 0, padding[1]],
    dilations: [1, dilation],
    group: groups,
  });
  return emit.fromImage(y);
}

/** dy [batch, cout, frames], weight [cout, cin / groups, kernel] -> dx [batch, cin, time] */
export function conv1dInputGradient(
  [dy, weight]: readonly [Operand, Operand],
  { attrs: { stride, padding, dilation, groups, time } }: OpCall<"conv1dInputGradient">,
  emit: Emitter,
): string {
  const [before, after] = padding.map((zeros) => dilation * ((weight.shape[2] as number) - 1) - zeros); // a kernel's length is known
  if (stride === 1 && before! >= 0 && after! >= 0) {
    const image = emit.node(
      "Conv",
      [emit.image(dy.name), emit.unsqueeze(mirrored(weight, groups, emit), 2)],
      {
        pads: [0, before!, 0, after!],
        dilations: [1, dilation],
        group: groups,
      },
    );
    return emit.fromImage(image);
  }
  const spread = emit.node("ConvTranspose", [dy.name, weight.name], {
    strides: [stride],
    dilations: [dilation],
    group: groups,
  });
  // Up to stride - 1 last inputs are seen by no frame.
  const whole = padded(emit, spread, [0, 0, 0], [0, 0, stride - 1]);
  return sliced(emit, whole, 2, padding[0], addDims(time, padding[0]));
}

/** [cout, cin / groups, kernel] -> [cin, cout / groups, kernel], the taps in reverse: what dy is convolved with. */
function mirrored(weight: Operand, groups: number, emit: Emitter): string {
  const [cout, perGroup, kernel] = weight.shape as readonly [number, number, number]; // a weight's shape is known
  const apart = reshaped(emit, weight.name, [], [groups, cout / groups, perGroup, kernel]);
  const swapped = reshaped(
    emit,
    emit.transpose(apart, [0, 2, 1, 3]),
    [],
    [groups * perGroup, cout / groups, kernel],
  );
  const [last, beyond] = [[-1], [-kernel - 1]]; // from the last tap to before the first
  return emit.node("Slice", [swapped, ...[last, beyond, [2], [-1]].map((values) => emit.integers(values))]);
}

/**
 * x [batch, cin, time], dy [batch, cout, frames] -> dw [cout, cin / groups, kernel].
 * One strided slice and one product a tap, over the frames of all clips: faster than a Conv whose kernel is as long as
 * the audio.
 */
export function conv1dWeightGradient(
  [x, dy]: readonly [Operand, Operand],
  { attrs, shape }: OpCall<"conv1dWeightGradient">,
  emit: Emitter,
): string {
  const { stride, padding, dilation, groups, kernel } = attrs;
  const [batch, , time] = x.shape as readonly [Dim, Dim, Dim]; // checked by the shape rule
  const [, , frames] = dy.shape as readonly [Dim, Dim, Dim];
  const [cout, perGroup] = shape as readonly [number, number, number]; // a weight's shape is known
  const steps = addDims(time, padding[0] + padding[1]);
  const all = mulDims(batch, frames);
  const grouped = (operand: string, from: Operand, channels: number, length: Dim) =>
    reshaped(emit, operand, from.shape, [batch, groups, channels, length]);
  const wide = grouped(padded(emit, x.name, [0, 0, padding[0]], [0, 0, padding[1]]), x, perGroup, steps);
  const rows = emit.transpose(wide, [1, 0, 3, 2]); // [groups, batch, steps, cin / groups]
  const apart = emit.transpose(grouped(dy.name, dy, cout / groups, frames), [1, 2, 0, 3]);
  const slopes = reshaped(emit, apart, [groups, cout / groups, batch, frames], [groups, cout / groups, all]);
  const reach = addDims(mulDims(subDims(frames, 1), stride), 1);
  const taps = Array.from({ length: kernel }, (_, tap) => {
    const seen = sliced(emit, rows, 2, tap * dilation, addDims(reach, tap * dilation), stride);
    const joined = reshaped(emit, seen, [groups, batch, frames, perGroup], [groups, all, perGroup]);
    return reshaped(emit, emit.node("MatMul", [slopes, joined]), [], [1, cout * perGroup]);
  });
  // Whole taps are joined and then turned: to join numbers one by one takes four times as long.
  const byTap = emit.node("Concat", taps, { axis: 0 });
  return reshaped(emit, emit.transpose(byTap, [1, 0]), [], [cout, perGroup, kernel]);
}
