import { describe, expect, it } from "vitest";
import { confusionMatrix } from "../classification.js";
import golden from "../fixtures/metrics.golden.json" with { type: "json" };
import { confusionMatrixSvg } from "./confusion-matrix-svg.js";
import { detCurveSvg } from "./det-curve-svg.js";
import { normalQuantile } from "./normal-quantile.js";

/** Elements that are opened and not closed, or closed in another order: none in well-formed XML. */
function unclosed(svg: string): string[] {
  const open: string[] = [];
  for (const [, closes, name, alone] of svg.matchAll(/<(\/?)([a-z]+)[^<>]*?(\/?)>/g)) {
    if (alone) continue;
    if (!closes)
      open.push(name!); // the pattern has three groups
    else if (open.pop() !== name) return [`</${name}>`];
  }
  return open;
}

describe("a confusion matrix as SVG", () => {
  const { reference, predicted, counts } = golden.classification;
  const svg = confusionMatrixSvg(confusionMatrix(reference, predicted), { title: "Emotions <dev>" });

  it("writes every count into its cell, shaded by its share of the row", () => {
    const cells = [...svg.matchAll(/opacity="([\d.]+)"\/><text [^>]+>(\d+)<\/text>/g)];
    expect(cells.map(([, , count]) => Number(count))).toEqual(counts.flat());
    const total = counts[0]!.reduce((a, b) => a + b);
    expect(Number(cells[0]![1])).toBeCloseTo(counts[0]![0]! / total, 2);
  });

  it("tells those who cannot see it, and is well-formed whatever labels hold", () => {
    expect(svg).toContain("<title>Emotions &lt;dev&gt;</title>");
    expect(svg).toMatch(/<desc>\d+\.\d % right\. Recall: calm .+ Most often confused: \w+ taken for \w+, \d+ times\.<\/desc>/); // prettier-ignore
    expect(svg).toContain("prefers-color-scheme:dark");
    expect(unclosed(svg)).toEqual([]);
    const odd = confusionMatrixSvg(
      confusionMatrix(['<&"\u0001', "a".repeat(60)], ['<&"\u0001', "a".repeat(60)]),
    );
    expect(odd).toContain("&lt;&amp;&quot;�");
    expect(odd).toContain(`${"a".repeat(23)}…`);
    expect(odd).toContain("Nothing was confused.");
    expect(unclosed(odd)).toEqual([]);
  });
});

describe("a DET curve as SVG", () => {
  const trials = golden.detection.scores.map((score, i) => ({ score, target: golden.detection.target[i]! }));

  it("goes down from the upper left to the lower right, through the mark of the equal error rate", () => {
    const svg = detCurveSvg([{ name: "x-vectors", trials }]);
    const points = [...svg.matchAll(/[ML]([\d.]+) ([\d.]+)(?=[ML"])/g)].map(([, x, y]) => [Number(x), Number(y)] as const); // prettier-ignore
    expect(points.length).toBeGreaterThan(20);
    const steps = points.slice(1).map(([x, y], i) => [x - points[i]![0], y - points[i]![1]] as const);
    expect(steps.every(([dx, dy]) => dx <= 0 && dy <= 0)).toBe(true); // from accepting all to accepting nothing
    const [, x, y] = /circle[^>]+cx="([\d.]+)" cy="([\d.]+)"/.exec(svg)!;
    expect(Number(x) - 64).toBeCloseTo(36 + 360 - Number(y), 1); // on the diagonal
    const after = points.findIndex(([px]) => px <= Number(x));
    expect(points[after]![1]).toBeLessThanOrEqual(Number(y));
    expect(points[after - 1]![1]).toBeGreaterThanOrEqual(Number(y));
    expect(svg).toContain(`x-vectors: EER ${(100 * golden.detection.equalErrorRate).toFixed(2)} %`);
    expect(unclosed(svg)).toEqual([]);
  });

  it("draws several systems with lines that differ without colour, and refuses none or five", () => {
    const svg = detCurveSvg([{ name: "a", trials }, { name: "b", trials }], { title: "Dev" }); // prettier-ignore
    expect(svg).toContain('stroke-dasharray="7 4"');
    expect(svg).toContain("<title>Dev</title>");
    expect(() => detCurveSvg([])).toThrow("got 0 series");
    expect(() => detCurveSvg(Array.from({ length: 5 }, () => ({ name: "a", trials })))).toThrow(
      "got 5 series",
    );
  });

  it.each(golden.normalQuantile)("has scipy's normal quantile at %d", (p, expected) => {
    expect(normalQuantile(p!)).toBeCloseTo(expected!, 9);
  });
});
