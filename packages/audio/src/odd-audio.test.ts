// Every file of a collection of odd and broken audio is read to the sample, or refused in one line.

import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { AudioError } from "./audio-error.js";
import { oddAudio } from "./odd-audio-cases.js";
import { readAudio } from "./read-audio.js";
import { hasFfmpeg, sharedData } from "./shared-data.js";

const folder = sharedData("odd-audio");
const ffmpegPresent = hasFfmpeg();

describe.skipIf(!folder)(
  folder ? "odd-audio" : "odd-audio (skipped: ../shared/data/odd-audio is not there)",
  () => {
    it("names every file of the collection", () => {
      expect(readdirSync(folder!).sort()).toEqual(Object.keys(oddAudio).sort());
    });

    it.each(Object.entries(oddAudio))("reads or refuses %s", { timeout: 10_000 }, async (file, expected) => {
      const result = await readAudio(`${folder}/${file}`).then(
        ({ samples }) => samples.length,
        (error: unknown) => {
          if (!(error instanceof AudioError)) throw error;
          expect(error.message).not.toContain("\n");
          return error.reason;
        },
      );
      const needsFfmpeg = result === "unsupported" && !ffmpegPresent;
      if (!needsFfmpeg) expect(result).toBe(expected);
    });
  },
);
