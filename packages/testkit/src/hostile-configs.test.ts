// Configurations that a loader must refuse; the other hostile files are tested in checkpoints.
import { readdirSync, readFileSync } from "node:fs";
import { ConfigError, parseConfig } from "@wav2vec/core";
import { describe, expect, it } from "vitest";
import { hasGoldens, SHARED } from "./golden.js";

const folder = `${SHARED}/reference/hostile/json`;
const files = hasGoldens ? readdirSync(folder).filter((name) => name.startsWith("config-")) : [];

describe.skipIf(!hasGoldens)("hostile configurations", () => {
  it("are all here", () => expect(files).toHaveLength(10));

  it.each(files)("%s is refused by field", (name) => {
    expect(() => parseConfig(JSON.parse(readFileSync(`${folder}/${name}`, "utf8")))).toThrow(ConfigError);
  });
});
