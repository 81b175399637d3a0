// Alignments against the reference cases: the best total, a path that spells the text, torchaudio's spans.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { hasReference, readReferenceTensors, referenceFolder } from "../reference-tensors.js";
import { createAligner } from "./align.js";
import { STAR } from "./targets.js";
import { spelledBy } from "./path-checks.js";

interface Case {
  name: string;
  tensor: string;
  targets: number[];
  blank: number;
  best?: number | "-inf";
  optimal_paths?: number;
  refuse?: string;
  torchaudio: { spans?: [number, number, number, number, number][]; optimal?: boolean };
}

describe.skipIf(!hasReference)("alignment of the reference cases", () => {
  const folder = `${referenceFolder}/align`;
  const tensors = hasReference ? readReferenceTensors(`${folder}/cases.safetensors`) : {};
  const cases: Case[] = hasReference ? JSON.parse(readFileSync(`${folder}/cases.json`, "utf8")).cases : [];
  const emissionsOf = ({ tensor }: Case) => {
    const { data, shape } = tensors[tensor]!;
    return { data, frames: shape[0]!, symbols: shape[1]! };
  };

  for (const kernel of ["typescript", "wasm"] as const) {
    const { align } = createAligner({ kernel });

    it.each(cases.filter(({ best }) => typeof best === "number"))(
      `$name has the best total (${kernel})`,
      (item) => {
        const emissions = emissionsOf(item);
        const { score, path, spans } = align(emissions, item.targets, { blank: item.blank });
        const best = Number(item.best);
        expect(Math.abs(score - best)).toBeLessThanOrEqual(1e-9 * Math.abs(best));
        expect(spelledBy(path, item.targets)).toEqual(item.targets);
        const expected =
          item.optimal_paths === 1 && item.torchaudio.optimal ? item.torchaudio.spans : undefined;
        expected?.forEach(([symbol, start, end, logProb, prob], i) => {
          expect(spans[i]).toMatchObject({ target: i, symbol, start, end });
          expect(spans[i]!.logProb).toBeCloseTo(logProb, 5); // torchaudio computes in float32
          expect(spans[i]!.prob).toBeCloseTo(prob, 5);
        });
      },
    );

    it.each(cases.filter(({ refuse, best }) => refuse ?? best === "-inf"))(
      `$name is refused (${kernel})`,
      (item) => {
        const reason =
          { "too short": "too-short", "blank in targets": "bad-targets" }[item.refuse ?? ""] ?? "impossible";
        expect(() => align(emissionsOf(item), item.targets, { blank: item.blank })).toThrow(
          expect.objectContaining({ name: "AlignError", problem: reason }),
        );
      },
    );
  }

  it("finds the star column's alignments without the column", () => {
    const { align } = createAligner();
    for (const item of cases.filter(({ tensor }) => tensor === "star_start")) {
      const { data, frames, symbols } = emissionsOf(item);
      const without = new Float32Array(frames * (symbols - 1));
      for (let i = 0; i < without.length; i++) {
        without[i] = data[Math.floor(i / (symbols - 1)) * symbols + (i % (symbols - 1))]!;
      }
      const targets = item.targets.map((id) => (id === symbols - 1 ? STAR : id));
      const { score } = align({ data: without, frames, symbols: symbols - 1 }, targets, { star: "certain" });
      expect(score).toBeCloseTo(Number(item.best), 9);
    }
  });
});
