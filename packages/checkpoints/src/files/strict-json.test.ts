import { describe, expect, it } from "vitest";
import { parseJson, parseJsonObject } from "./strict-json.js";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("strict JSON", () => {
  it("is JSON", () => {
    const text = '{"a": [1, {"b": null, "c\\"}": "x: {y"}], "": -2.5e3, "a:b" : true}';
    expect(parseJson("file", bytes(text))).toEqual(JSON.parse(text));
  });

  it.each(['{"a":1,"a":1}', '{"x":{"a":1 , "\\u0061" : 2}}', '[{"a":1},{"b":1,"c":[{}],"b":2}]'])(
    "refuses the name given twice in %s",
    (text) => {
      expect(() => parseJson("file", bytes(text))).toThrow(/file: names "[ab]" twice/);
    },
  );

  it("allows the same name in different objects", () => {
    expect(parseJson("file", bytes('{"a":{"a":1},"b":[{"a":1},{"a":2}]}'))).toEqual({
      a: { a: 1 },
      b: [{ a: 1 }, { a: 2 }],
    });
  });

  it("keeps names like those of every object as plain fields", () => {
    const value = parseJsonObject("file", bytes('{"__proto__": {"x": 1}, "constructor": 2}'));
    expect(Object.keys(value)).toEqual(["__proto__", "constructor"]);
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });

  it.each([
    ['{"a": ', /is not JSON/],
    ["[1]", /holds a list; expected a JSON object/],
    ["null", /expected a JSON object/],
    ["[".repeat(70) + "]".repeat(70), /nested deeper than 64/],
  ])("refuses %s", (text, message) => {
    expect(() => parseJsonObject("file", bytes(text))).toThrow(message);
  });

  it("takes linear time on text that never closes its strings", () => {
    const start = performance.now();
    expect(() => parseJson("file", bytes('"' + '\\"'.repeat(2_000_000)))).toThrow(/is not JSON/);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});
