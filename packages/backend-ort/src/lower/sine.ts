// Sine and cosine where the device's own are coarse: WGSL promises 2^-11.
import type { Emitter } from "./emitter.js";
import type { Operand } from "./operand.js";
import { pointwise } from "./pointwise.js";

/** Pi in three parts with few bits each, so that k times the first two is exact; Cody and Waite 1980 */
const PI_PARTS = [3.140625, 9.67502593994140625e-4, 1.509957990978376e-7];
/** Coefficients of r^3, r^5 … r^11 in sin r; the next, on [-pi/2, pi/2], is below 6e-8. */
const TAYLOR = [-1 / 6, 1 / 120, -1 / 5040, 1 / 362880, -1 / 39916800];

export const sine = (x: Operand, emit: Emitter): string =>
  emit.target === "webgpu" ? alternatingSine(x.name, 0, emit) : pointwise(emit, "Sin", x);

/** cos x = sin(x + pi / 2) */
export const cosine = (x: Operand, emit: Emitter): string =>
  emit.target === "webgpu" ? alternatingSine(x.name, 0.5, emit) : pointwise(emit, "Cos", x);

/** sin(x + shift pi): with k the whole number nearest to x / pi + shift and r what is left, (-1)^k sin r. */
function alternatingSine(x: string, shift: number, emit: Emitter): string {
  const number = (value: number): string => emit.fill(value, [], "float32");
  const [add, sub, mul] = ["Add", "Sub", "Mul"].map(
    (op) => (a: string, b: string) => emit.node(op, [a, b]),
  ) as [Binary, Binary, Binary]; // as many as names
  const floor = (a: string): string => emit.node("Floor", [a]);

  const k = floor(add(mul(x, number(1 / Math.PI)), number(0.5 + shift)));
  const turns = shift === 0 ? k : sub(k, number(shift));
  const r = PI_PARTS.reduce((rest, part) => sub(rest, mul(turns, number(part))), x);
  const square = mul(r, r);
  const [last, ...others] = TAYLOR.toReversed();
  const series = others.reduce((sum, c) => add(mul(sum, square), number(c)), number(last!)); // the list is not empty
  const odd = sub(k, mul(floor(mul(k, number(0.5))), number(2))); // 0 or 1
  const positive = add(r, mul(mul(r, square), series));
  return mul(positive, sub(number(1), mul(odd, number(2))));
}

type Binary = (a: string, b: string) => string;
