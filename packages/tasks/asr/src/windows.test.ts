import { describe, expect, it } from "vitest";
import { windowsOf, type Window } from "./windows.js";

const plan = { core: 3200, context: 640, hop: 320 };
const FRAME = 400;
const frames = (samples: number) => Math.floor((samples - FRAME) / 320) + 1;

async function collect(length: number, block: number, how = plan): Promise<Window[]> {
  const all = Float32Array.from({ length }, (_, i) => i);
  const blocks = Array.from({ length: Math.ceil(length / block) }, (_, i) =>
    all.slice(i * block, (i + 1) * block),
  );
  const windows: Window[] = [];
  for await (const window of windowsOf(blocks, how)) windows.push(window);
  return windows;
}

/** First sample of every frame that is kept. */
function keptFrameStarts(windows: readonly Window[]): number[] {
  return windows.flatMap(({ samples, firstFrame, frames: count }) => {
    const end = count === undefined ? frames(samples.length) : firstFrame + count;
    expect(end).toBeLessThanOrEqual(frames(samples.length));
    return Array.from({ length: end - firstFrame }, (_, i) => samples[(firstFrame + i) * 320]!);
  });
}

describe("windowsOf", () => {
  it.each([400, 4480, 4481, 7679, 7680, 7681, 20000, 31999])(
    "keeps each frame of %i samples once, whatever the blocks",
    async (length) => {
      const expected = Array.from({ length: frames(length) }, (_, i) => i * 320);
      for (const block of [1, 319, 5000, 40000]) {
        const windows = await collect(length, block);
        expect(keptFrameStarts(windows)).toEqual(expected);
        expect(windows.at(-1)!.samplesDone).toBe(length);
        for (const { samples } of windows)
          expect(samples.length).toBeLessThanOrEqual(plan.core + 3 * plan.context);
      }
    },
  );

  it("keeps each frame once where the context is longer than the window", async () => {
    const windows = await collect(20000, 5000, { ...plan, core: 960, context: 2240 });
    expect(keptFrameStarts(windows)).toEqual(Array.from({ length: frames(20000) }, (_, i) => i * 320));
    expect(windows).toHaveLength(17); // 16 until at most 960 + 2 * 2240 samples are left, and these
  });

  it("gives a short recording whole", async () => {
    const windows = await collect(4480, 1000);
    expect(windows).toHaveLength(1);
    expect(windows[0]).toMatchObject({ firstFrame: 0, samplesDone: 4480 });
  });

  it("gives every kept frame but those at the ends its full context", async () => {
    const [first, second] = await collect(20000, 20000);
    expect(first!.samples.length).toBe(3200 + 640);
    expect(second!.samples[0]).toBe(3200 - 640);
    expect(second!.firstFrame).toBe(2);
  });
});
