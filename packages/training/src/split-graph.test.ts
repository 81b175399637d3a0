import {
  constant,
  gelu,
  gradient,
  graph,
  input,
  linear,
  mul,
  reference,
  referenceTensor,
  reshape,
  slice,
  symbol,
  sum,
  type Value,
} from "@wav2vec/core";
import { expectClose } from "@wav2vec/testkit";
import { describe, expect, it } from "vitest";
import { splitGraph } from "./split-graph.js";

describe("splitGraph", () => {
  const samples = symbol("samples");
  const x = input("x", [samples, 3]);
  const [inner, outer] = [input("inner", [3, 3]), input("outer", [2, 3])];
  const hidden = gelu(linear(slice(x, 0, 0, samples, 2), inner)); // frames are every second sample
  const logits = linear(reshape(hidden, hidden.shape), outer);
  const seed = input("seed", logits.shape);
  const [dInner, dOuter] = gradient([{ value: logits, seed }], [inner, outer]) as [Value, Value];
  const whole = graph({ logits, dInner, dOuter });
  const feeds = {
    x: referenceTensor(
      Array.from({ length: 15 }, (_, i) => Math.sin(i)),
      [5, 3],
    ),
    inner: referenceTensor(
      Array.from({ length: 9 }, (_, i) => Math.cos(i)),
      [3, 3],
    ),
    outer: referenceTensor([1, -1, 0.5, 2, 0.1, -0.3], [2, 3]),
    seed: referenceTensor([1, 2, 3, 4, 5, 6], [3, 2]),
  };
  const only = (names: readonly { readonly name: string }[], all: Record<string, unknown>) =>
    Object.fromEntries(names.map(({ name }) => [name, all[name]])) as typeof feeds;

  it("computes the same in two programs, the activations handed over", async () => {
    const { first, second, saved } = splitGraph(whole, ["logits"]);
    const expected = await (await reference.compile(whole, new Map())).run(feeds);
    const forward = await (await reference.compile(first, new Map())).run(only(first.inputs, feeds));
    const backward = await (
      await reference.compile(second, new Map())
    ).run(only(second.inputs, { ...feeds, ...forward }));
    expect(saved.length).toBe(1); // the inner product; its gelu is made again
    expect(Object.keys(backward).sort()).toEqual(["dInner", "dOuter"]);
    expectClose(forward.logits!.data, expected.logits!.data, 1e-15);
    expectClose(backward.dInner!.data, expected.dInner!.data, 1e-15);
    expectClose(backward.dOuter!.data, expected.dOuter!.data, 1e-15);
  });

  it("computes everything again where nothing shall be handed over", async () => {
    const { first, second, saved } = splitGraph(whole, ["logits"], false);
    const expected = await (await reference.compile(whole, new Map())).run(feeds);
    const forward = await (await reference.compile(first, new Map())).run(only(first.inputs, feeds));
    const backward = await (await reference.compile(second, new Map())).run(only(second.inputs, feeds));
    expect(saved).toEqual([]);
    expect(Object.keys(forward)).toEqual(["logits"]);
    expectClose(backward.dInner!.data, expected.dInner!.data, 1e-15);
    expectClose(backward.dOuter!.data, expected.dOuter!.data, 1e-15);
  });

  it("keeps an input that only lengths need", async () => {
    const frozen = graph({ logits, total: sum(mul(hidden, constant(samples)), [0, 1]) });
    const { second } = splitGraph(frozen, ["logits"]);
    expect(second.inputs.map(({ name }) => name)).toEqual(["saved.0", "x"]);
    const data = referenceTensor([1, 2, 3, 4, 5, 6, 7, 8, 9], [3, 3]);
    const program = await reference.compile(second, new Map());
    expect([...(await program.run({ "saved.0": data, x: feeds.x })).total!.data]).toEqual([45 * 5]);
  });

  it("refuses outputs that do not exist", () => {
    expect(() => splitGraph(whole, ["loss"])).toThrow(
      'splitGraph: no output "loss"; there are logits, dInner, dOuter',
    );
  });
});
