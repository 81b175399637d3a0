import {
  constant,
  gradient,
  graph,
  input,
  reference,
  referenceTensor,
  symbol,
  type Bindings,
  type Value,
} from "@wav2vec/core";
import { describe, expect, it } from "vitest";
import { createDropout, layerDrop, sampleLayerKeeps, type Dropout, type Feeds } from "./dropout.js";
import { createRandom } from "./random.js";

const RATE = 0.1;

/** Runs outputs that need only dropout's inputs. */
async function run(outputs: Record<string, Value>, feeds: Feeds): Promise<Record<string, Float64Array>> {
  const program = await reference.compile(graph(outputs), new Map());
  const inputs = Object.entries(feeds).map(([name, { data, shape }]) => [name, referenceTensor(data, shape)]);
  const result = await program.run(Object.fromEntries(inputs));
  return Object.fromEntries(Object.entries(result).map(([name, { data }]) => [name, data]));
}

const bindings: Bindings = new Map();
const ones = (shape: readonly number[]) => constant(1, shape);

/** Masks (1 dropped) of several places of one step. */
async function masks(shapes: readonly (readonly number[])[], seed: number): Promise<Float64Array[]> {
  const dropout = createDropout();
  const places = shapes.map((shape, i) => [`m${i}`, dropout.apply(ones(shape), RATE)] as const);
  const result = await run(Object.fromEntries(places), dropout.draw(bindings, createRandom(seed)));
  return shapes.map((_, i) => result[`m${i}`]!.map((x) => Number(x === 0)));
}

const mean = (xs: ArrayLike<number>) => Array.from(xs).reduce((a, b) => a + b, 0) / xs.length;

describe("dropout", () => {
  it("drops the asked share of elements, scales the others, and treats gradients alike", async () => {
    const dropout = createDropout();
    const x = input("x", [40, 50]);
    const y = dropout.apply(x, RATE);
    const [dx] = gradient([{ value: y, seed: ones([40, 50]) }], [x]);
    const data = Float32Array.from({ length: 2000 }, (_, i) => 1 + (i % 7));
    const result = await run(
      { y, dx: dx! },
      { ...dropout.draw(bindings, createRandom(1)), x: { data, shape: [40, 50] } },
    );
    const scale = 1 / (1 - Math.round(RATE * 65536) / 65536);
    result.y!.forEach((v, i) => {
      expect(v === 0 || Math.abs(v - data[i]! * scale) < 1e-12).toBe(true);
      expect(result.dx![i]).toBe(v === 0 ? 0 : scale);
    });
  });

  it("has the statistics of independent elements, rows, columns and places", async () => {
    const [rows, columns] = [300, 200];
    const [first, second] = (await masks(
      [
        [rows, columns],
        [rows, columns],
      ],
      2,
    )) as [Float64Array, Float64Array];
    const n = rows * columns;
    const deviation = Math.sqrt((RATE * (1 - RATE)) / n);
    expect(Math.abs(mean(first) - RATE)).toBeLessThan(4 * deviation);
    // Pairs at a distance, and in the other place, drop together as often as chance says.
    const both = (other: (i: number) => number) => mean(first.map((m, i) => m * other(i)));
    const chance = 4 * Math.sqrt((RATE ** 2 * (1 - RATE ** 2)) / n);
    for (const distance of [1, 2, 3, 7, columns, 2 * columns, columns + 1]) {
      expect(Math.abs(both((i) => first[(i + distance) % n]!) - RATE ** 2)).toBeLessThan(chance);
    }
    for (const distance of [0, 1, columns]) {
      expect(Math.abs(both((i) => second[(i + distance) % n]!) - RATE ** 2)).toBeLessThan(chance);
    }
    // Counts per row and per column vary as binomial counts do.
    const rowCounts = Array.from({ length: rows }, (_, r) =>
      first.subarray(r * columns, (r + 1) * columns).reduce((a, b) => a + b, 0),
    );
    const columnCounts = Array.from({ length: columns }, (_, c) =>
      first.reduce((sum, m, i) => sum + (i % columns === c ? m : 0), 0),
    );
    for (const [counts, trials] of [
      [rowCounts, columns],
      [columnCounts, rows],
    ] as const) {
      const variance = mean(counts.map((c) => (c - trials * RATE) ** 2)) / (trials * RATE * (1 - RATE));
      expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / counts.length));
    }
  });

  it("drops each element at the asked rate over many steps", async () => {
    const shape = [6, 5];
    const drops = new Float64Array(30);
    const steps = 3000;
    const dropout = createDropout();
    const program = await reference.compile(graph({ y: dropout.apply(ones(shape), RATE) }), new Map());
    const random = createRandom(4);
    for (let step = 0; step < steps; step++) {
      const feeds = Object.entries(dropout.draw(bindings, random)).map(([name, { data, shape: s }]) => [
        name,
        referenceTensor(data, s),
      ]);
      (await program.run(Object.fromEntries(feeds))).y!.data.forEach(
        (v, i) => (drops[i]! += Number(v === 0) / steps),
      );
    }
    drops.forEach((share) =>
      expect(Math.abs(share - RATE)).toBeLessThan(4.5 * Math.sqrt((RATE * (1 - RATE)) / steps)),
    );
  });

  it("works with whole numbers that float32 holds exactly, so that every backend drops the same elements", () => {
    const dropout = createDropout();
    dropout.apply(ones([70, 30]), RATE);
    const { "dropout.rows": rows, "dropout.columns": columns } = dropout.draw(bindings, createRandom(5));
    const factors = [...rows!.data.map((a) => a * 65536), ...columns!.data];
    expect(factors.every((f) => Number.isInteger(f) && f >= 0 && f < 2048)).toBe(true);
    expect(4 * 2047 ** 2).toBeLessThan(2 ** 24);
    expect(Math.max(...factors)).toBeGreaterThan(1800);
  });

  it("draws the same masks again from the same state, and for symbolic sizes", async () => {
    const [batch, frames] = [symbol("batch"), symbol("frames")];
    const build = (dropout: Dropout) => dropout.apply(input("x", [batch, 3, frames, frames]), RATE);
    const sizes: Bindings = new Map([
      ["batch", 2],
      ["frames", 5],
    ]);
    const results = [];
    for (const seed of [9, 9, 10]) {
      const dropout = createDropout();
      const y = build(dropout);
      const x = { data: new Float32Array(150).fill(1), shape: [2, 3, 5, 5] };
      const feeds = dropout.draw(sizes, createRandom(seed));
      expect(feeds["dropout.rows"]!.shape).toEqual([30, 4]);
      expect(feeds["dropout.columns"]!.shape).toEqual([1, 5, 4]);
      results.push((await run({ y }, { ...feeds, x })).y);
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).not.toEqual(results[0]);
  });

  it("is nothing at rate 0, and refuses rates that are none", () => {
    const dropout = createDropout();
    const x = input("x", [2, 2]);
    expect(dropout.apply(x, 0)).toBe(x);
    expect(dropout.draw(bindings, createRandom(1))).toEqual({});
    expect(() => dropout.apply(x, 1)).toThrow("dropout: the rate is 1; expected 0 to below 1");
  });
});

describe("layerDrop", () => {
  it("takes the layer or its input whole, and drops the asked share", async () => {
    const keep = input("keep", [2], "bool");
    const x = ones([2]);
    const program = await reference.compile(graph({ y: layerDrop(keep, constant(5, [2]), x) }), new Map());
    const { y } = await program.run({ keep: referenceTensor([1, 0], [2], "bool") });
    expect([...y!.data]).toEqual([5, 1]);
    const keeps = sampleLayerKeeps(20_000, 0.05, createRandom(8));
    expect(Math.abs(mean(keeps) - 0.95)).toBeLessThan(4 * Math.sqrt((0.05 * 0.95) / 20_000));
  });
});
