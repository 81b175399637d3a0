import { expect, it } from "vitest";
import { clipsInput, ctcHead, encode, parseConfig } from "../index.js";
import { gradient } from "./gradient.js";
import { graphFromData, graphToData } from "./graph-data.js";
import { graph, input, type Value } from "./graph.js";
import { print } from "./print.js";
import { simplify } from "./simplify.js";
import * as w from "./words.js";

it("carries a graph of training to another thread, composites and symbols included", () => {
  const config = parseConfig({ hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 32, conv_dim: [8, 8, 8, 8, 8, 8, 8], num_conv_pos_embeddings: 16, num_conv_pos_embedding_groups: 4, vocab_size: 9 }); // prettier-ignore
  const logits = ctcHead(encode(clipsInput(config), config, { weightNorm: "factored" }), config);
  const { params } = graph({ logits });
  const gradients = gradient([{ value: logits, seed: input("seed", logits.shape) }], params);
  const whole = simplify(graph({ logits, ...Object.fromEntries(gradients.map((value, i) => [`gradient ${i}`, value!])) })); // prettier-ignore
  const copy = graphFromData(structuredClone(graphToData(whole)));
  expect(print(copy)).toBe(print(whole));
  expect(print(copy, () => false)).toBe(print(whole, () => false));
  expect(copy.inputs).toEqual(whole.inputs);
  expect(copy.params).toEqual(whole.params);
});

it("carries a chain that cloning alone could not", () => {
  let value: Value = input("x", [1]);
  for (let i = 0; i < 50_000; i++) value = w.neg(value);
  expect(() => structuredClone(value)).toThrow(RangeError);
  const copy = graphFromData(structuredClone(graphToData(graph({ value }))));
  expect(copy.outputs["value"]!.shape).toEqual([1]);
});

it("keeps what two outputs share one value", () => {
  const shared = w.neg(input("x", [1]));
  const { outputs } = graphFromData(graphToData(graph({ a: shared, b: shared })));
  expect(outputs["a"]).toBe(outputs["b"]);
});
