import { expect, it } from "vitest";
import { withCleanup } from "./with-cleanup.js";

it("does what was left to be done, the last first, when all is well and when it is not", async () => {
  const done: string[] = [];
  const use = (fails: boolean) =>
    withCleanup(async (atEnd) => {
      atEnd(() => done.push("first"));
      atEnd(async () => {
        await Promise.resolve();
        done.push("second");
      });
      if (fails) throw new Error("no");
      return Promise.resolve(7);
    });
  expect(await use(false)).toBe(7);
  expect(done).toEqual(["second", "first"]);
  await expect(use(true)).rejects.toThrow("no");
  expect(done).toEqual(["second", "first", "second", "first"]);
});
