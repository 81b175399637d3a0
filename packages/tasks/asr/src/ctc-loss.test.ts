// The CTC loss of the reference models' own outputs: the acoustic model and the loss meet here.
import { openCheckpoint } from "@wav2vec/checkpoints";
import { ortBackend } from "@wav2vec/backend-ort";
import { reference, type Backend } from "@wav2vec/core";
import { hasGoldens, openGolden, SHARED } from "@wav2vec/testkit";
import { ctcLoss } from "@wav2vec/training";
import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { acousticModel } from "./acoustic-model.js";

const backends: [name: string, backend: () => Backend, tolerance: number][] = [
  ["reference", () => reference, 1e-4],
  ["ort", () => ortBackend({ ort }), 2e-4],
];

describe.skipIf(!hasGoldens).each(backends)("CTC loss on %s", (_name, makeBackend, tolerance) => {
  it.each(["wav2vec2-base-ctc", "wav2vec2-lv60-ctc"])("%s", async (name) => {
    const checkpoint = await openCheckpoint(`${SHARED}/reference/models/${name}`);
    const [golden, audio] = [await openGolden(name), await openGolden("audio")];
    const model = await acousticModel(checkpoint, makeBackend());
    const labels = await golden.tensor("labels");
    const width = labels.shape[1]!;
    for (const row of [0, 1, 2]) {
      const { data } = await audio.tensor(`clip${row}`);
      const [emissions] = await model.emissions([data]);
      const { frames, symbols } = emissions!; // one clip in, one out
      const targets = [...labels.data.subarray(row * width, (row + 1) * width)].filter((label) => label >= 0);
      const batch = {
        logits: Float32Array.from(emissions!.data),
        shape: [1, frames, symbols] as const,
        frameCounts: [frames],
        targets: [targets],
      };
      for (const reduction of ["sum", "mean"] as const) {
        for (const zeroInfinity of [false, true]) {
          const key = `clip${row}.ctc.${reduction}${zeroInfinity ? ".zero_infinity" : ""}`;
          const expected = (await golden.tensor(key)).data[0]!;
          const { loss } = ctcLoss(batch, { reduction, zeroInfinity });
          if (Number.isFinite(expected)) expect(Math.abs(loss / expected - 1), key).toBeLessThan(tolerance);
          else expect(loss, key).toBe(expected);
        }
      }
    }
    model.dispose();
    await checkpoint.close();
  });
});
