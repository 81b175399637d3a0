// AdamW's update in WebAssembly SIMD, four elements at once; ../adam-kernels.ts has the same in TypeScript.
// Arguments of type usize are the addresses of arrays of `count` float32, a multiple of 4.

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
