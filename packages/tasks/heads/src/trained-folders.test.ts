import {
  frameClassificationHead,
  parseHeadConfig,
  reference,
  sequenceClassificationHead,
  xvectorHead,
} from "@wav2vec/core";
import { expectClose } from "@wav2vec/testkit";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { openHead } from "./open-head.js";

const HEADS = { sequence: sequenceClassificationHead, xvector: xvectorHead, frames: frameClassificationHead };

interface Reference {
  readonly labels: readonly string[];
  readonly clips: readonly {
    readonly samples: number;
    readonly logits: number[];
    readonly embedding?: number[];
  }[];
}

/** The tone that rises of check_classifier_folder.py. */
const sweep = (length: number) => Float32Array.from({ length }, (_, k) => 0.3 * Math.sin((k * k) / 20000));

describe("folders of wav2vec train classify", () => {
  it.each(["sequence", "xvector", "frames"] as const)(
    "%s says what transformers says of the same folder",
    async (name) => {
      const folder = fileURLToPath(new URL(`fixtures/trained/${name}`, import.meta.url));
      const expected = JSON.parse(await readFile(`${folder}/transformers.json`, "utf8")) as Reference; // the script's
      const opened = await openHead<string>({
        model: folder,
        backend: reference,
        head: ({ config }) => HEADS[name](parseHeadConfig(config)),
      });
      expect(parseHeadConfig(opened.checkpoint.config).labels).toEqual(expected.labels);
      for (const { samples, logits, embedding } of expected.clips) {
        const [outputs] = await opened.run([sweep(samples)]);
        expectClose(outputs!["logits"]!.data, logits, 1e-4, [logits.length]);
        if (embedding) expectClose(outputs!["embedding"]!.data, embedding, 1e-4, [embedding.length]);
      }
      opened.dispose();
    },
  );
});
