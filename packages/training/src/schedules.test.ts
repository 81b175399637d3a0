import { expectClose, hasGoldens, openGolden } from "@wav2vec/testkit";
import { describe, expect, it } from "vitest";
import {
  cosineSchedule,
  latentTemperature,
  linearSchedule,
  polynomial,
  triStage,
  type Schedule,
} from "./schedules.js";

const common = { peak: 3e-4, total: 1000, warmup: 100 };
const power2 = { ...common, end: 1e-5, power: 2 };
const schedules: Record<string, Schedule> = {
  "tri_stage.fairseq": triStage(common),
  "polynomial.fairseq": polynomial(common),
  "polynomial.fairseq.power2": polynomial(power2),
  "polynomial.hf.power2": polynomial(power2),
  "linear.hf": linearSchedule(common),
  "cosine.fairseq": cosineSchedule({ ...common, least: 1e-6, afterwards: "restart" }),
  "cosine.hf": cosineSchedule({ ...common, afterwards: "rise" }),
};

describe.skipIf(!hasGoldens)("learning rates", () => {
  it.each(Object.entries(schedules))("%s", async (name, schedule) => {
    const golden = await openGolden("schedules");
    const steps = (await golden.tensor("steps")).data;
    const expected = (await golden.tensor(name)).data;
    // element by element, so that small rates count as much as large ones
    steps.forEach((step, i) => expectClose([schedule(step)], [expected[i]!], 1e-6));
  });
});

describe("latentTemperature", () => {
  it("decays to the floor", () => {
    const temperature = latentTemperature([2, 0.5, 0.999995]);
    expect(temperature(0)).toBe(2);
    expect(temperature(100_000)).toBeCloseTo(2 * Math.exp(100_000 * Math.log(0.999995)), 10);
    expect(temperature(400_000)).toBe(0.5);
  });
});
