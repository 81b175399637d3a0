// The one source of chance in training: seeded, and with a state that a checkpoint can hold.

/**
 * Random numbers. Everything drawn in training comes from one of these, in a fixed order, so that a run can be
 * repeated and resumed.
 */
export interface Random {
  /** A whole number from 0 to 2^32 - 1. */
  uint32(): number;
  /** A number in [0, 1) of 53 random bits. */
  uniform(): number;
  /** A whole number from 0 to `count` - 1, each equally likely; 1 <= count <= 2^32. */
  below(count: number): number;
  /** A number with mean 0 and variance 1, normally distributed. */
  normal(): number;
  /** `count` different whole numbers from 0 to `total` - 1, in random order. */
  choose(total: number, count: number): Int32Array;
  /** What to hand to `createRandom` to go on from here. */
  state(): RandomState;
}

/** Four whole numbers from 0 to 2^32 - 1. */
export type RandomState = readonly [number, number, number, number];

/**
 * The generator xoshiro128** 1.1, started from a seed through SplitMix32, or from a saved state.
 *
 * @param start a whole number, or what `state()` gave
 * @throws RangeError if the state is not four whole numbers that are not all 0
 * @see Blackman and Vigna 2021, https://prng.di.unimi.it/xoshiro128starstar.c
 */
export function createRandom(start: number | RandomState): Random {
  const s = typeof start === "number" ? fromSeed(start) : fromState(start);

  const uint32 = () => {
    const result = Math.imul(rotate(Math.imul(s[1]!, 5), 7), 9) >>> 0;
    const t = s[1]! << 9;
    s[2]! ^= s[0]!;
    s[3]! ^= s[1]!;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= t;
    s[3] = rotate(s[3]!, 11);
    return result;
  };
  const uniform = () => ((uint32() >>> 5) * 2 ** 26 + (uint32() >>> 6)) / 2 ** 53;
  const below = (count: number) => {
    const fair = 2 ** 32 - (2 ** 32 % count); // numbers beyond would favour the low ones
    for (;;) {
      const x = uint32();
      if (x < fair) return x % count;
    }
  };
  return {
    uint32,
    uniform,
    below,
    // Box and Muller 1958; the second of the pair is not kept, so that the state is four numbers.
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    choose: (total, count) => {
      const all = Int32Array.from({ length: total }, (_, i) => i);
      for (let i = 0; i < count; i++) {
        const j = i + below(total - i);
        [all[i], all[j]] = [all[j]!, all[i]!];
      }
      return all.subarray(0, count);
    },
    state: () => [s[0]!, s[1]!, s[2]!, s[3]!],
  };
}

function rotate(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}

/** SplitMix32: the finaliser of MurmurHash3 on a Weyl sequence. */
function fromSeed(seed: number): Uint32Array {
  if (!Number.isSafeInteger(seed))
    throw new RangeError(`random: the seed is ${seed}; expected a whole number`);
  let weyl = seed >>> 0;
  return Uint32Array.from({ length: 4 }, () => {
    weyl = (weyl + 0x9e3779b9) >>> 0;
    const a = Math.imul(weyl ^ (weyl >>> 16), 0x85ebca6b);
    const b = Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
    return b ^ (b >>> 16);
  });
}

function fromState(state: RandomState): Uint32Array {
  const isValid =
    state.length === 4 &&
    state.every((x) => Number.isInteger(x) && x >= 0 && x < 2 ** 32) &&
    state.some((x) => x !== 0);
  if (!isValid) {
    throw new RangeError(
      `random: the state is [${state.join(", ")}]; expected four 32-bit numbers, not all 0`,
    );
  }
  return Uint32Array.from(state);
}
