import {
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HubError } from "../errors.js";
import { etagOf, startHub, type HubServer } from "../fixtures/hub-server.js";
import { writeSafetensors } from "../files/write-safetensors.js";
import { openCheckpoint, type Checkpoint } from "../open-checkpoint.js";
import type { DownloadProgress, HubOptions } from "./settings.js";

const ELEMENTS = 100_000; // 400 kB, cut after 100 kB
const WEIGHTS = "model.safetensors";

let folder: string;
let hub: HubServer;
let cacheDir: string;
const open: Checkpoint[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hub-"));
  cacheDir = join(folder, "cache");
  const path = join(folder, "weights");
  const values = Float32Array.from({ length: ELEMENTS }, (_, i) => Math.sin(i));
  await writeSafetensors(path, new Map([["lm_head.weight", { shape: [ELEMENTS / 4, 4], data: values }]]));
  const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const files = new Map<string, Uint8Array>([
    ["config.json", text({ model_type: "wav2vec2" })],
    ["vocab.json", text({ "<pad>": 0, A: 1 })],
    ["README.md", new TextEncoder().encode("---\nlicense: apache-2.0\n---\n")],
    ["pytorch_model.bin", text("not wanted")],
    ["training_args.bin", text("not wanted")],
    [WEIGHTS, await readFile(path)],
  ]);
  hub = await startHub(files, [WEIGHTS, "pytorch_model.bin"]);
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((checkpoint) => checkpoint.close()));
  await hub.close();
  await rm(folder, { recursive: true });
});

async function load(options: HubOptions = {}): Promise<Checkpoint> {
  const checkpoint = await openCheckpoint("org/model", {
    endpoint: hub.endpoint,
    cacheDir,
    token: "secret",
    ...options,
  });
  open.push(checkpoint);
  return checkpoint;
}

async function expectWeights({ weights }: Checkpoint): Promise<void> {
  const values = await weights.get("lm_head.weight")!.read();
  expect(values.length).toBe(ELEMENTS);
  expect(values[ELEMENTS - 1]).toBeCloseTo(Math.sin(ELEMENTS - 1), 6);
}

const repository = () => join(cacheDir, "models--org--model");
const blobs = () => readdir(join(repository(), "blobs"));
const fetched = (name: string) =>
  hub.seen.filter(({ path, method }) => method === "GET" && path.endsWith(name));

describe("a checkpoint on the Hub", () => {
  it("is downloaded into the layout of Python's library, with only the files it needs", async () => {
    const checkpoint = await load();
    await expectWeights(checkpoint);
    expect(checkpoint.license).toBe("apache-2.0");
    const { commit, files } = hub.behaviour;
    expect(await readFile(join(repository(), "refs/main"), "utf8")).toBe(commit);
    const snapshot = join(repository(), "snapshots", commit);
    expect((await readdir(snapshot)).sort()).toEqual(["README.md", "config.json", WEIGHTS, "vocab.json"]);
    expect(await readlink(join(snapshot, WEIGHTS))).toBe(`../../blobs/${etagOf(files.get(WEIGHTS)!, true)}`);
    expect(await readlink(join(snapshot, "config.json"))).toBe(
      `../../blobs/${etagOf(files.get("config.json")!, false)}`,
    );
    expect((await blobs()).filter((name) => /lock|incomplete/.test(name))).toEqual([]);
  });

  it("gives the token to the Hub and not to its storage", async () => {
    hub.behaviour.token = "secret";
    await load();
    const authorizations = (to: string) =>
      new Set(hub.seen.filter((one) => one.to === to).map((one) => one.authorization));
    expect(authorizations("hub")).toEqual(new Set(["Bearer secret"]));
    expect(authorizations("storage")).toEqual(new Set([undefined]));
  });

  it("is not downloaded again, nor are equal files of a newer commit", async () => {
    await load();
    hub.seen.length = 0;
    hub.behaviour.commit = "b".repeat(40);
    hub.behaviour.files.set("vocab.json", new TextEncoder().encode('{"<pad>":0,"B":1}'));
    const { vocabulary } = await load();
    expect(vocabulary?.tokens).toEqual(["<pad>", "B"]);
    expect(hub.seen.filter(({ path }) => path.includes("/resolve/")).map(({ path }) => path)).toEqual([`/org/model/resolve/${"b".repeat(40)}/vocab.json`]); // prettier-ignore
    expect(await readFile(join(repository(), "refs/main"), "utf8")).toBe("b".repeat(40));
  });

  it("resumes where the connection broke, and reports progress up to the last byte", async () => {
    hub.behaviour.drops = 2;
    const progress: DownloadProgress[] = [];
    await expectWeights(await load({ onProgress: (step) => progress.push(step) }));
    const starts = hub.seen.filter(({ to }) => to === "storage").map(({ range }) => range);
    expect(starts.length).toBe(3);
    expect(starts[0]).toBeUndefined();
    expect(starts[1]).toMatch(/^bytes=\d{5,6}-$/);
    const loaded = progress.filter(({ file }) => file === WEIGHTS).map((step) => step.loaded);
    expect(loaded).toEqual([...loaded].sort((a, b) => a - b));
    expect(loaded.at(-1)).toBe(hub.behaviour.files.get(WEIGHTS)!.length);
    expect(progress.at(-1)?.total).toBe(loaded.at(-1));
  });

  it("starts again when the storage ignores Range", async () => {
    Object.assign(hub.behaviour, { drops: 1, ignoresRange: true });
    await expectWeights(await load());
  });

  it("continues the .incomplete file of an earlier process", async () => {
    const bytes = hub.behaviour.files.get(WEIGHTS)!;
    await mkdir(join(repository(), "blobs"), { recursive: true });
    await writeFile(
      join(repository(), "blobs", `${etagOf(bytes, true)}.incomplete`),
      bytes.subarray(0, 250_000),
    );
    await expectWeights(await load());
    expect(fetched(WEIGHTS).map(({ range }) => range)).toEqual(["bytes=250000-", "bytes=250000-"]); // Hub, then storage
  });

  it("fetches a damaged .incomplete file anew", async () => {
    const bytes = hub.behaviour.files.get(WEIGHTS)!;
    await mkdir(join(repository(), "blobs"), { recursive: true });
    await writeFile(
      join(repository(), "blobs", `${etagOf(bytes, true)}.incomplete`),
      new Uint8Array(250_000),
    );
    await expectWeights(await load());
  });

  it("is refused, and leaves nothing, when its sha256 is wrong", async () => {
    hub.behaviour.corrupts = true;
    await expect(load()).rejects.toThrow(/model.safetensors: the downloaded bytes do not have the sha256/);
    expect(
      (await blobs()).some((name) => name.startsWith(etagOf(hub.behaviour.files.get(WEIGHTS)!, true))),
    ).toBe(false);
    expect(await readdir(join(repository(), "snapshots", hub.behaviour.commit))).not.toContain(WEIGHTS);
  });

  it("waits as long as a 429 asks", async () => {
    hub.behaviour.tooMany = 1;
    const start = performance.now();
    await expectWeights(await load());
    expect(performance.now() - start).toBeGreaterThan(990);
  });

  it("is downloaded once when two readers want it at the same time", async () => {
    hub.behaviour.drops = 1;
    for (const checkpoint of await Promise.all([load(), load(), load()])) await expectWeights(checkpoint);
    expect(hub.seen.filter(({ to }) => to === "storage").length).toBe(2); // the broken one and its rest
  });

  it.each([
    ["has not been heard of for long", "", new Date(0)],
    ["no longer exists", `999999999 ${hostname()}`, new Date()],
  ])("is not blocked by the lock of a process that %s", async (_, content, touched) => {
    const lock = join(repository(), "blobs", `${etagOf(hub.behaviour.files.get(WEIGHTS)!, true)}.lock`);
    await mkdir(join(repository(), "blobs"), { recursive: true });
    await writeFile(lock, content);
    await utimes(lock, touched, touched);
    const start = performance.now();
    await expectWeights(await load());
    expect(performance.now() - start).toBeLessThan(10_000);
    expect((await blobs()).filter((name) => name.includes(".lock"))).toEqual([]);
  });

  it("is found without the listing API, by asking for each file", async () => {
    hub.behaviour.withoutApi = true;
    const checkpoint = await load();
    await expectWeights(checkpoint);
    expect(checkpoint.vocabulary?.tokens).toEqual(["<pad>", "A"]);
    expect(await readFile(join(repository(), "refs/main"), "utf8")).toBe(hub.behaviour.commit);
  });

  it("stops when aborted, and resumes later", async () => {
    const controller = new AbortController();
    hub.behaviour.drops = 1; // holds the connection for a moment before cutting it
    const onProgress = ({ file }: DownloadProgress) =>
      file === WEIGHTS && controller.abort(new Error("enough"));
    await expect(load({ signal: controller.signal, onProgress })).rejects.toThrow("enough");
    await expectWeights(await load());
    expect(fetched(WEIGHTS).at(-1)?.range).toMatch(/^bytes=\d+-$/);
  });
});

describe("the cache", () => {
  it("serves offline what was downloaded, without a request", async () => {
    await load();
    hub.seen.length = 0;
    await expectWeights(await load({ offline: true }));
    expect(hub.seen).toEqual([]);
  });

  it("serves what is there when the Hub cannot be reached, and says so", async () => {
    await load();
    await hub.close();
    const checkpoint = await load();
    await expectWeights(checkpoint);
    expect(checkpoint.notes.join()).toMatch(/could not be reached; using the cached commit a{40}/);
  });

  it("reads a folder that Python's library wrote", async () => {
    const snapshot = join(repository(), "snapshots", "c".repeat(40));
    for (const path of [join(repository(), "blobs"), join(repository(), "refs"), snapshot])
      await mkdir(path, { recursive: true });
    await writeFile(join(repository(), "refs/main"), "c".repeat(40));
    await writeFile(join(repository(), "blobs/abc"), hub.behaviour.files.get(WEIGHTS)!);
    await symlink("../../blobs/abc", join(snapshot, WEIGHTS));
    await expectWeights(await load({ offline: true }));
    await expectWeights(await load({ offline: true, revision: "c".repeat(40) }));
    expect((await lstat(join(snapshot, WEIGHTS))).isSymbolicLink()).toBe(true);
  });

  it("says what to do when it lacks the repository", async () => {
    await expect(load({ offline: true })).rejects.toThrow(
      /revision "main" is not in the cache .* connect once/,
    );
  });
});

describe("a refusal of the Hub", () => {
  it.each([
    [
      "an unknown repository",
      "org/other",
      {},
      401,
      "RepoNotFound",
      /neither a local path nor a repository at/,
    ],
    ["an unknown revision", "org/model", { revision: "v9" }, 404, "RevisionNotFound", /has no revision "v9"/],
  ] as const)("names %s", async (_, id, options, status, code, message) => {
    const error = await openCheckpoint(id, {
      endpoint: hub.endpoint,
      cacheDir,
      token: "secret",
      ...options,
    }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(HubError);
    expect(error).toMatchObject({ status, code, message: expect.stringMatching(message) as string });
  });

  it("names a wrong token", async () => {
    hub.behaviour.token = "right";
    await expect(load()).rejects.toThrow(/refused the request \(401\); the token is not valid/);
  });

  it("names a gated repository", async () => {
    hub.behaviour.gated = true;
    await expect(load()).rejects.toThrow(/access is gated; accept its terms at/);
  });

  it("names a server that cannot be reached", async () => {
    await hub.close();
    await expect(load()).rejects.toThrow(
      /not in the cache .*no answer \(.*ECONNREFUSED.*check the connection/,
    );
  });

  it("keeps names that leave the cache folder out of it", async () => {
    hub.behaviour.files.delete(WEIGHTS);
    hub.behaviour.files.delete("pytorch_model.bin");
    hub.behaviour.files.set("../../evil.safetensors", new Uint8Array(64));
    await expect(load()).rejects.toThrow(/refused, since it may leave the cache folder/);
  });
});
