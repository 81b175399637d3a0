import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { resolveHubSettings } from "./settings.js";

describe("Hub settings", () => {
  it("come from the variables of Python's library", async () => {
    const environment = {
      HF_ENDPOINT: "https://mirror.example/",
      HF_TOKEN: "hf_x",
      HF_HOME: "/data/hf",
      HF_HUB_OFFLINE: "True",
    };
    const settings = await resolveHubSettings({}, environment);
    expect(settings).toMatchObject({
      endpoint: "https://mirror.example",
      token: "hf_x",
      cacheDir: "/data/hf/hub",
      offline: true,
      revision: "main",
    });
  });

  it("prefer what the caller says", async () => {
    const environment = {
      HF_ENDPOINT: "https://mirror.example",
      HF_TOKEN: "hf_x",
      HF_HUB_CACHE: "/data",
      HF_HUB_OFFLINE: "1",
    };
    const options = {
      endpoint: "https://other.example",
      token: "hf_y",
      cacheDir: "/mine",
      offline: false,
      revision: "v1",
    };
    expect(await resolveHubSettings(options, environment)).toMatchObject(options);
  });

  it("find the cache and the token that a login left", async () => {
    const home = await mkdtemp(join(tmpdir(), "home-"));
    await writeFile(join(home, "token"), "hf_file\n");
    expect(await resolveHubSettings({}, { HF_HOME: home })).toMatchObject({
      token: "hf_file",
      cacheDir: join(home, "hub"),
      offline: false,
    });
    expect(await resolveHubSettings({}, { XDG_CACHE_HOME: home })).toMatchObject({
      token: undefined,
      cacheDir: join(home, "huggingface/hub"),
    });
    expect(await resolveHubSettings({}, { HF_HOME: home, HF_HUB_CACHE: "/elsewhere" })).toMatchObject({
      cacheDir: "/elsewhere",
    });
    await rm(home, { recursive: true });
  });
});
