// Times several contenders in turns (A B C A B C …), so that a busy machine hurts all alike.

/** Seconds of each round by contender. */
export type Timings = Readonly<Record<string, readonly number[]>>;

/** Runs each contender once to warm up, then `rounds` times in turns. */
export async function inTurns(
  rounds: number,
  contenders: Readonly<Record<string, () => unknown>>,
): Promise<Timings> {
  const timings = Object.fromEntries(Object.keys(contenders).map((name) => [name, [] as number[]]));
  for (let round = -1; round < rounds; round++)
    for (const [name, run] of Object.entries(contenders)) {
      const start = performance.now();
      await run();
      if (round >= 0) timings[name]!.push((performance.now() - start) / 1000); // made above
    }
  return timings;
}
