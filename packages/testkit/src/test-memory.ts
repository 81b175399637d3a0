// The part of the conformance suite about leaks: what is freed, donated or disposed must be given back.
import {
  add,
  graph,
  input,
  mul,
  param,
  symbol,
  weightFromArray,
  type Backend,
  type Tensor,
} from "@wav2vec/core";
import { describe, expect, it } from "vitest";

/** The rules by name. */
export const memoryRules = [
  "is given back by free",
  "is given back by donated inputs, read or not",
  "is given back by dispose, weights included",
] as const;

/** How a backend's memory is looked at. */
export interface HeldMemory {
  /** Bytes that the backend holds now, e.g. `() => tf.memory().numBytes`. */
  readonly bytes: () => number | Promise<number>;
  /** How many more may be held after many runs; default 0, more where a pool or a garbage collector is between. */
  readonly slack?: number;
}

/** Declares the tests, those in `wrong` as failing; each would hold at least twice the slack more if it leaked one tensor a run. */
export function testMemory<T extends Tensor>(
  backend: () => Backend<T>,
  { bytes, slack = 0 }: HeldMemory,
  wrong: Readonly<Record<string, string>>,
): void {
  const elements = slack === 0 ? 1000 : 1_000_000;
  const runs = Math.max(5, Math.ceil((2 * slack) / (4 * elements)));
  const numbers = new Float32Array(elements).fill(3);

  /** Does `work` a few times, so that pools are full, then often. */
  async function expectNoGrowth(work: () => Promise<void>): Promise<void> {
    for (let run = 0; run < 5; run++) await work();
    const before = await bytes();
    for (let run = 0; run < runs; run++) await work();
    expect((await bytes()) - before).toBeLessThanOrEqual(slack);
  }
  const x = input("x", [symbol("n")]);
  const weights = new Map([["w", weightFromArray(numbers, [elements])]]);

  const rule = (name: (typeof memoryRules)[number], work: () => Promise<void>) =>
    wrong[name] === undefined ? it(name, work) : it.fails(`${name}: ${wrong[name]}`, work);

  describe("memory", () => {
    rule("is given back by free", async () => {
      const program = await backend().compile(graph({ y: mul(add(x, 1), 2), same: x }), new Map());
      await expectNoGrowth(async () => {
        const tensor = backend().upload(numbers, [elements]);
        const { y, same } = await program.run({ x: tensor });
        await backend().download(y!);
        for (const each of [tensor, y!, same!]) backend().free(each);
      });
      program.dispose();
    });

    rule("is given back by donated inputs, read or not", async () => {
      const z = input("z", [symbol("n")]);
      const program = await backend().compile(graph({ y: mul(x, 0.5), z: add(z, 1) }), new Map());
      let state = backend().upload(numbers, [elements]);
      await expectNoGrowth(async () => {
        const given = backend().upload(numbers, [elements]);
        const { y, z: next } = await program.run({ x: given, z: state }, { donate: ["x", "z"] });
        backend().free(y!);
        state = next!; // the graph's output
      });
      backend().free(state);
      program.dispose();
    });

    rule("is given back by dispose, weights included", async () => {
      const product = graph({ y: add(input("x", [elements]), param("w", [elements])) });
      await expectNoGrowth(async () => {
        const program = await backend().compile(product, weights);
        const tensor = backend().upload(numbers, [elements]);
        const { y } = await program.run({ x: tensor }, { donate: ["x"] });
        backend().free(y!);
        program.dispose();
      });
    });
  });
}
