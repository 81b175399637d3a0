import { describe, expect, it } from "vitest";
import { gelu, linear } from "./composites.js";
import { symbol } from "./dim.js";
import { ShapeError } from "./errors.js";
import { graph, input, topologicalOrder, type Value } from "./graph.js";
import { print } from "./print.js";
import { scope } from "./scope.js";
import * as w from "./words.js";

const x = input("x", [2, 3]);

describe("graph", () => {
  it("finds inputs and parameters", () => {
    const head = scope("lm_head");
    const g = graph({ y: linear(x, head.param("weight", [4, 3]), head.param("bias", [4])) });
    expect(g.inputs.map(({ name }) => name)).toEqual(["x"]);
    expect(g.params.map(({ name }) => name)).toEqual(["lm_head.weight", "lm_head.bias"]);
  });

  it("refuses one name for two shapes", () => {
    expect(() => graph({ y: w.add(x, w.sum(input("x", [4, 3]), [0])) })).toThrow(
      'graph: input "x" is used as float32[2, 3] and as float32[4, 3]; give them different names',
    );
  });

  it("sorts a chain of 200,000 values without overflowing the stack", () => {
    let value: Value = x;
    for (let i = 0; i < 200_000; i++) value = w.add(value, value);
    expect(topologicalOrder([value])).toHaveLength(200_001);
  });

  it("prints one line a value, composites whole or as primitives", () => {
    const batch = symbol("batch");
    const g = graph({ y: gelu(w.mul(input("x", [batch, 2]), 3)) });
    expect(print(g)).toBe(
      [
        '%0 = input "x" float32[batch, 2]',
        "%1 = constant(value: 3, shape: [], dtype: float32) float32[]",
        "%2 = reshape(%1, shape: [1, 1]) float32[1, 1]",
        "%3 = expand(%2, shape: [batch, 2]) float32[batch, 2]",
        "%4 = mul(%0, %3) float32[batch, 2]",
        "%5 = gelu(%4) float32[batch, 2]",
        "return y = %5",
      ].join("\n"),
    );
    expect(print(g, () => false)).toContain("= erf(");
  });
});

describe("shape rules refuse, with what they got and expected", () => {
  const ids = input("ids", [2], "int32");
  const cases: [string, () => Value, string][] = [
    [
      "unequal shapes",
      () => w.add(x, input("z", [2, 4])),
      "broadcast: got [2, 3] and [2, 4]; axes must be equal or of length 1",
    ],
    [
      "mixed dtypes",
      () => w.add(x, input("z", [2, 3], "int32")),
      "add: got float32[2, 3] and int32[2, 3]; they must match, call expand() or cast() first",
    ],
    ["integers in exp", () => w.exp(ids), "exp: got int32[2]; expected float32, call cast() first"],
    [
      "truth in sums",
      () => w.add(w.less(x, 1), w.less(x, 1)),
      "add: got bool[2, 3]; expected numbers, call cast() first",
    ],
    [
      "inner axes that differ",
      () => w.matMul(x, x),
      "matMul: got [2, 3] and [2, 3]; expected [...b, m, k] and [...b, k, n]",
    ],
    ["lost elements", () => w.reshape(x, [7]), "reshape: [2, 3] has 6 elements, [7] has 7"],
    [
      "no permutation",
      () => w.transpose(x, [0, 0]),
      "transpose: order [0, 0] is no permutation of the 2 axes of [2, 3]",
    ],
    [
      "shrinking",
      () => w.expand(x, [1, 3]),
      "expand: cannot expand [2, 3] to [1, 3]; only axes of length 1 grow",
    ],
    ["an axis too many", () => w.sum(x, [2]), "sum: axis 2 does not exist in [2, 3]"],
    ["float rows", () => w.gather(x, x), "gather: got float32[2, 3]; expected int32, call cast() first"],
    ["a slice backwards", () => w.slice(x, 1, 2, 1), "slice: 2 to 1 is empty backwards"],
    ["an empty concat", () => w.concat([], 0), "concat: got no inputs; expected at least one"],
    [
      "channels that differ",
      () => w.conv1d(input("a", [1, 256, 9]), input("k", [8, 512, 3])),
      "conv1d: input has 256 channels, weight [8, 512, 3] with 1 groups expects 512; check the previous stage's output",
    ],
    [
      "a stride of 0",
      () => w.conv1d(input("a", [1, 2, 9]), input("k", [8, 2, 3]), { stride: 0 }),
      "conv1d: stride 0, dilation 1, groups 1, padding 0 and 0; expected whole numbers, padding from 0, others from 1",
    ],
  ];
  it.each(cases)("%s", (_name, build, message) => {
    expect(build).toThrow(new ShapeError(message));
  });
});
