// The inner loop of CTC alignment in WebAssembly SIMD; ../viterbi.ts is the same in TypeScript and explains it.
// Every argument of type usize is the address of an array that the caller laid out.

const minusInfinity: f64 = -Infinity;

export function advance(
  blanks: usize,
  labels: usize,
  skips: usize,
  offsets: usize,
  rows: usize,
  stride: i32,
  bounds: usize,
  arcs: usize,
  arcCosts: usize,
  arcCount: i32,
  range: usize,
  discarded: usize,
  moves: usize,
  movesFirst: i32,
  movesWidth: i32,
  frames: i32,
  slack: i32,
  limit: i32,
  beam: f64,
  lower: f64,
): void {
  let low = load<i32>(range);
  let high = load<i32>(range, 4);
  let firstArc = 0;
  for (let frame = 0; frame < frames; frame++) {
    high = min(high + 1, limit);
    for (; low < min(frame - slack, high); low++) clear(blanks, labels, low);
    const from = low & ~3;
    const to = (high + 3) & ~3;
    const row = rows + ((<usize>(frame * stride)) << 3);
    const moveRow = moves == 0 ? 0 : moves + frame * movesWidth - movesFirst;
    let best: f64;
    if (moves != 0) {
      best = update<u8>(blanks, labels, skips, offsets, row, moveRow, from, to);
    } else {
      best = update<u32>(blanks, labels, skips, offsets, row, 0, from, to);
    }
    while (firstArc < arcCount && load<i32>(arcs + ((<usize>firstArc) << 3)) < low) firstArc++;
    for (let k = firstArc; k < arcCount; k++) {
      const arc = arcs + ((<usize>k) << 3);
      const source = load<i32>(arc);
      if (source >= high) break;
      const target = load<i32>(arc, 4);
      if (target >= limit) break;
      const value = load<f64>(blanks + ((<usize>source) << 3)) + load<f64>(arcCosts + ((<usize>k) << 3));
      const there = blanks + ((<usize>target) << 3);
      if (!(value > load<f64>(there))) continue;
      store<f64>(there, value);
      if (moves != 0) store<u8>(moveRow + target, target < to ? load<u8>(moveRow + target) | 8 : 8);
      high = max(high, target + 1);
    }
    const bound = load<f64>(bounds + ((<usize>frame) << 3));
    const floor = max(best - beam, lower - bound);
    let lost = load<f64>(discarded);
    for (; low < high; low++) {
      const value = stateAt(blanks, labels, low);
      if (!(value < floor)) break;
      lost = max(lost, value + bound);
      clear(blanks, labels, low);
    }
    for (; high > low; high--) {
      const value = stateAt(blanks, labels, high - 1);
      if (!(value < floor)) break;
      lost = max(lost, value + bound);
      clear(blanks, labels, high - 1);
    }
    store<f64>(discarded, lost);
  }
  store<i32>(range, low);
  store<i32>(range, high, 4);
}

// @ts-ignore: decorator
@inline
function stateAt(blanks: usize, labels: usize, i: i32): f64 {
  return max(load<f64>(blanks + ((<usize>i) << 3)), load<f64>(labels + ((<usize>i) << 3), 8));
}

// @ts-ignore: decorator
@inline
function clear(blanks: usize, labels: usize, i: i32): void {
  store<f64>(blanks + ((<usize>i) << 3), minusInfinity);
  store<f64>(labels + ((<usize>i) << 3), minusInfinity, 8);
}

/** One frame over states [from, to), both multiples of 4, from the last state to the first; returns the best value. */
// @ts-ignore: decorator
@inline
function update<K>(
  blanks: usize,
  labels: usize,
  skips: usize,
  offsets: usize,
  row: usize,
  moves: usize,
  from: i32,
  to: i32,
): f64 {
  const blank = v128.load_splat<f64>(row);
  const one = i64x2.splat(1);
  const two = i64x2.splat(2);
  const four = i64x2.splat(4);
  let best = f64x2.splat(minusInfinity);
  for (let i = to - 4; i >= from; i -= 4) {
    let codes = i64x2.splat(0);
    for (let half = 2; half >= 0; half -= 2) {
      const j = (<usize>(i + half)) << 3;
      const b = v128.load(blanks + j);
      const a = v128.load(labels + j, 8);
      const p = v128.load(labels + j);
      const s = f64x2.add(p, v128.load(skips + j));
      const own = f64x2.pmax(a, b);
      const offset = offsets + (j >> 1);
      const e = v128.load_lane<f64>(row + load<u32>(offset, 4), v128.load_zero<f64>(row + load<u32>(offset)), 1);
      const newBlank = f64x2.add(f64x2.pmax(b, p), blank);
      const newLabel = f64x2.add(f64x2.pmax(own, s), e);
      v128.store(blanks + j, newBlank);
      v128.store(labels + j, newLabel, 8);
      best = f64x2.pmax(f64x2.pmax(newBlank, newLabel), best);
      if (sizeof<K>() == 1) {
        const stepped = v128.and(f64x2.gt(b, a), one);
        const label = v128.bitselect(two, stepped, f64x2.gt(s, own));
        const code = v128.or(label, v128.and(f64x2.gt(p, b), four));
        codes = half == 2 ? code : v128.shuffle<u8>(code, codes, 0, 8, 16, 24, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
      }
    }
    if (sizeof<K>() == 1) v128.store_lane<u32>(moves + i, codes, 0);
  }
  return max(f64x2.extract_lane(best, 0), f64x2.extract_lane(best, 1));
}
