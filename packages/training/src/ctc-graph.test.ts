import { ortBackend } from "@wav2vec/backend-ort";
import { graph, input, reference, symbol, type Backend, type Tensor } from "@wav2vec/core";
import { expectClose, hasGoldens, openGolden, seededRandom } from "@wav2vec/testkit";
import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { ctcFeeds } from "./ctc-feeds.js";
import { ctcGraph } from "./ctc-graph.js";
import { ctcLoss, type CtcBatch } from "./ctc-loss.js";

const backends = {
  reference: { backend: reference as Backend, tolerance: 1e-6 }, // goldens and the host's gradient are float32
  ort: { backend: ortBackend({ ort, threads: 1 }) as Backend, tolerance: 2e-5 },
} as const;

/** The rows' losses and the gradient on a backend. */
async function run(
  backend: Backend,
  { logits, ...batch }: CtcBatch,
  blank = 0,
  weightOf?: (row: number) => number,
) {
  const x = input("logits", [symbol("batch"), symbol("frames"), batch.shape[2]]);
  const program = await backend.compile(graph({ ...ctcGraph(x) }), new Map());
  const { host, impossible } = ctcFeeds(batch, blank, weightOf);
  const given = { ...host, logits: { data: Float32Array.from(logits), shape: batch.shape } };
  const feeds = Object.fromEntries(
    Object.entries(given).map(([name, { data, shape }]) => [name, backend.upload(data, shape)]),
  ) as Record<string, Tensor>;
  const { losses, gradient } = await program.run(feeds);
  const rows = Float64Array.from(await backend.download(losses!)).map((loss, row) =>
    impossible[row] ? Infinity : loss,
  );
  return { rows, gradient: Float64Array.from(await backend.download(gradient!)) };
}

describe.each(Object.entries(backends))("ctcGraph on %s", (_name, { backend, tolerance }) => {
  it.skipIf(!hasGoldens)("has torch's losses and gradients", async () => {
    const golden = await openGolden("ctc-loss");
    for (const { name, blank } of (golden.json as { cases: { name: string; blank: number }[] }).cases) {
      const read = async (key: string) => (await golden.tensor(`${name}.${key}`)).data;
      const logits = await golden.tensor(`${name}.logits`);
      const lengths = await read("target_lengths");
      const targets = await golden.tensor(`${name}.targets`);
      const width = targets.shape[1]!;
      const batch: CtcBatch = {
        logits: logits.data,
        shape: logits.shape as [number, number, number],
        frameCounts: await read("frames"),
        targets: Array.from(lengths, (length, row) =>
          targets.data.subarray(row * width, row * width + length),
        ),
      };
      const { rows, gradient } = await run(backend, batch, blank);
      expectClose(rows, await read("none"), tolerance, undefined, name);
      expectClose(gradient, await read("grad.sum"), tolerance, logits.shape, name);
    }
  });

  it("agrees with the loops on the host over twenty seconds, for rows of every kind", async () => {
    const random = seededRandom(7);
    const shape = [5, 1000, 32] as const;
    const targets = [
      Array.from({ length: 250 }, (_, i) => 1 + ((i * 7) % 31)),
      Array.from({ length: 400 }, () => 5), // needs 799 frames
      [],
      Array.from({ length: 90 }, (_, i) => 1 + Math.floor(i / 3)),
      [4, 4],
    ];
    const batch: CtcBatch = {
      logits: Float32Array.from({ length: 5 * 1000 * 32 }, () => 12 * random()),
      shape,
      frameCounts: [1000, 799, 640, 300, 2], // the last has one too few
      targets,
    };
    const host = ctcLoss(batch, { reduction: "sum" });
    const { rows, gradient } = await run(backend, batch, 0, (row) => 1 / (row + 1));
    expect(rows[4]).toBe(Infinity);
    expectClose(rows.subarray(0, 4), host.rows.subarray(0, 4), tolerance);
    const size = 1000 * 32;
    const weighed = host.gradient.map((x, i) => x / (Math.floor(i / size) + 1));
    expectClose(gradient, weighed, tolerance, shape);
    expect(gradient.subarray(4 * size).every((x) => x === 0)).toBe(true);
  });
});

describe("ctcFeeds", () => {
  it("names the row of a label that cannot be", () => {
    const batch = { shape: [1, 4, 3], frameCounts: [4], targets: [[3]] } as const;
    expect(() => ctcFeeds(batch, 0)).toThrow("ctc: row 0 has label 3, and there are 3 classes");
  });
});
