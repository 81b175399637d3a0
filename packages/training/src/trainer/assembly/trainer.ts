// What a trainer does to arrays, in WebAssembly SIMD, four elements at once; ../adam-kernels.ts and ../gradient-sum.ts
// have the same in TypeScript. Arguments of type usize are the addresses of arrays of `count` float32, a multiple of 4.

// AdamW's update.
export function move(
  parameter: usize,
  gradient: usize,
  first: usize,
  second: usize,
  count: i32,
  scale: f32,
  oneMinusFirst: f32,
  oneMinusSecond: f32,
  step: f32,
  eps: f32,
  kept: f32,
): void {
  const scales = f32x4.splat(scale);
  const shares = f32x4.splat(oneMinusFirst);
  const squareShares = f32x4.splat(oneMinusSecond);
  const steps = f32x4.splat(step);
  const least = f32x4.splat(eps);
  const keeps = f32x4.splat(kept);
  const end = (<usize>count) << 2;
  for (let i: usize = 0; i < end; i += 16) {
    const g = f32x4.mul(v128.load(gradient + i), scales);
    const m = toward(v128.load(first + i), g, shares);
    const v = toward(v128.load(second + i), f32x4.mul(g, g), squareShares);
    v128.store(first + i, m);
    v128.store(second + i, v);
    const moved = f32x4.div(f32x4.mul(m, steps), f32x4.add(f32x4.sqrt(v), least));
    v128.store(parameter + i, f32x4.sub(f32x4.mul(v128.load(parameter + i), keeps), moved));
  }
}

function toward(from: v128, to: v128, share: v128): v128 {
  return f32x4.add(from, f32x4.mul(f32x4.sub(to, from), share));
}

// Adds `more` to `sum`, and gives the sum of the squares, added up in float64.
export function add(sum: usize, more: usize, count: i32): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  const end = (<usize>count) << 2;
  for (let i: usize = 0; i < end; i += 16) {
    const x = f32x4.add(v128.load(sum + i), v128.load(more + i));
    v128.store(sum + i, x);
    const a = f64x2.promote_low_f32x4(x);
    const b = f64x2.promote_low_f32x4(v128.shuffle<i32>(x, x, 2, 3, 2, 3));
    low = f64x2.add(low, f64x2.mul(a, a));
    high = f64x2.add(high, f64x2.mul(b, b));
  }
  const both = f64x2.add(low, high);
  return f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
}
