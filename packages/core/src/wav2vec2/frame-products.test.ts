import { describe, expect, it } from "vitest";
import { graph, input } from "../graph/graph.js";
import { add, conv1d, reshape, transpose } from "../graph/words.js";
import { symbol } from "../graph/dim.js";
import { reference, referenceTensor } from "../reference/reference.js";
import { encode } from "./encoder.js";
import { parseConfig } from "./config.js";
import { frameProducts } from "./frame-products.js";
import { weightFromArray } from "../graph/weights.js";

const ROUNDING = 1e-6; // the reference adds in float64; only the order differs
const drawn = (length: number, seed: number) =>
  Float32Array.from({ length }, (_, i) => Math.sin(12.9898 * (i + 1) ** 1.5 + seed));
const gap = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from(a, (x, i) => Math.abs(x - b[i]!)));

describe("frameProducts", () => {
  it.each([
    ["the first layer of every model", 10, 5, 1],
    ["taps beyond the stride", 3, 2, 4],
    ["as many taps as a stride", 2, 2, 3],
    ["stride 1", 3, 1, 2],
    ["fewer taps than a stride", 2, 3, 2],
  ])("is the convolution: %s", async (_name, kernel, stride, channels) => {
    const [batch, frames, dim] = [2, 7, 5];
    const time = frames * stride;
    const x = input("x", [symbol("batch"), time, channels]);
    const weight = input("weight", [dim, channels, kernel]);
    const bias = input("bias", [dim]);
    const padding = [0, Math.max(0, kernel - stride)] as const; // zeros behind the end, as many as give a frame to each row
    const direct = add(conv1d(transpose(x, [0, 2, 1]), weight, { stride, padding }), reshape(bias, [dim, 1]));
    const both = graph({
      direct: transpose(direct, [0, 2, 1]),
      products: frameProducts(x, weight, bias, stride),
    });
    const program = await reference.compile(both, new Map());
    const results = await program.run({
      x: referenceTensor(drawn(batch * time * channels, 1), [batch, time, channels]),
      weight: referenceTensor(drawn(dim * channels * kernel, 2), [dim, channels, kernel]),
      bias: referenceTensor(drawn(dim, 3), [dim]),
    });
    expect(results["products"]!.shape).toEqual([batch, frames, dim]);
    expect(results["products"]!.shape).toEqual(results["direct"]!.shape);
    expect(gap(results["products"]!.data, results["direct"]!.data)).toBeLessThan(ROUNDING);
  });
});

describe.each(["group", "layer"])("a model with %s norm in its convolutions", (norm) => {
  const config = parseConfig({ hidden_size: 8, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 8, conv_dim: [4, 6], conv_kernel: [10, 3], conv_stride: [5, 2], conv_bias: norm === "layer", feat_extract_norm: norm, do_stable_layer_norm: norm === "layer", num_conv_pos_embeddings: 4, num_conv_pos_embedding_groups: 2 }); // prettier-ignore

  it.each([false, true])("gives the same states by products; with lengths: %s", async (hasLengths) => {
    const samples = input("samples", [symbol("batch"), symbol("samples")]);
    const lengths = input("lengths", [symbol("batch")], "int32");
    const encoded = (convolutions: "direct" | "products") =>
      encode(samples, config, { convolutions, ...(hasLengths && { lengths }) });
    const [direct, products] = [encoded("direct"), encoded("products")];
    const both = graph({
      direct: direct.last,
      products: products.last,
      "direct conv": direct.stages.conv[1]!,
      "products conv": products.stages.conv[1]!,
    });
    const weights = new Map(
      both.params.map(({ name, shape }, i) => [
        name,
        weightFromArray(drawn(shape.reduce((n, dim) => n * dim, 1), i), shape), // prettier-ignore
      ]),
    );
    const program = await reference.compile(both, weights);
    const results = await program.run({
      samples: referenceTensor(drawn(2 * 207, 7), [2, 207]),
      ...(hasLengths && { lengths: referenceTensor([207, 131], [2], "int32") }),
    });
    for (const part of ["", " conv"]) {
      const [a, b] = [results[`direct${part}`]!, results[`products${part}`]!];
      expect(b.shape).toEqual(a.shape);
      expect(new Set(a.data).size).toBeGreaterThan(20);
      expect(gap(a.data, b.data)).toBeLessThan(10 * ROUNDING);
    }
  });
});
