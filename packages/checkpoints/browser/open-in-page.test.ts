import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { commands } from "vitest/browser";
import {
  forgetModel,
  keptModels,
  openCheckpoint,
  type Checkpoint,
  type DownloadProgress,
  type HubOptions,
} from "../src/index.js";

const MODEL = new URL("/models/en-tiny/", location.href);
const WEIGHTS = "model.safetensors";
const WEIGHT_BYTES = 10_831_256;

/** A weight that lies near the end of the file: all parts must be in order. */
async function expectWeights({ weights }: Checkpoint): Promise<void> {
  const values = await weights.get("lm_head.bias")!.read();
  expect(values).toHaveLength(32);
  const sums = await Promise.all(
    [...weights.values()].slice(-40).map(async (handle) => sum(await handle.read())),
  );
  expect(sums.every(Number.isFinite)).toBe(true);
  expect(sum(values)).toBeCloseTo(await referenceSum(), 5);
}

const sum = (values: Float32Array) => values.reduce((total, x) => total + x, 0);

/** The same bias, cut from the bytes of the file without any of our code for pages. */
let expectedSum: Promise<number> | undefined;
async function referenceSum(): Promise<number> {
  return (expectedSum ??= (async () => {
    const bytes = await (await fetch(new URL(WEIGHTS, MODEL))).arrayBuffer();
    const length = Number(new DataView(bytes).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 8, length))) as Record<
      string,
      { dtype: string; data_offsets: [number, number] }
    >;
    const { dtype, data_offsets } = header["lm_head.bias"]!;
    expect(dtype).toBe("F16");
    const [begin, end] = data_offsets;
    const half = new Uint16Array(bytes.slice(8 + length + begin, 8 + length + end));
    return half.reduce((total, x) => total + halfToNumber(x), 0);
  })());
}

function halfToNumber(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  const size = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
  return bits >> 15 ? -size : size;
}

beforeEach(async () => {
  for (const { source } of await keptModels()) await forgetModel(source);
});

describe("an address", () => {
  it("gives a checkpoint, with progress, and is kept", async () => {
    const seen: DownloadProgress[] = [];
    const checkpoint = await openCheckpoint(MODEL, { onProgress: (progress) => seen.push(progress) });
    expect(checkpoint.vocabulary?.tokens).toHaveLength(32);
    expect(checkpoint.notes).toEqual([]);
    await expectWeights(checkpoint);
    const last = seen.filter(({ file }) => file === WEIGHTS).at(-1);
    expect(last).toEqual({ file: WEIGHTS, loaded: WEIGHT_BYTES, total: WEIGHT_BYTES });
    const [kept] = await keptModels();
    expect(kept).toMatchObject({ source: MODEL.href, isPartial: false });
    expect(kept!.bytes).toBeGreaterThan(WEIGHT_BYTES);
  });

  it("is not fetched again, and can be forgotten", async () => {
    await openCheckpoint(MODEL);
    const seen: DownloadProgress[] = [];
    await expectWeights(await openCheckpoint(MODEL, { onProgress: (progress) => seen.push(progress) }));
    expect(seen).toEqual([]);
    await expectWeights(await openCheckpoint(MODEL, { offline: true }));
    await forgetModel(MODEL.href);
    expect(await keptModels()).toEqual([]);
    await expect(openCheckpoint(MODEL, { offline: true })).rejects.toThrow(
      /is not kept in this browser \(offline mode\); connect once/,
    );
  });

  it("without a model is an error that says so", async () => {
    await expect(openCheckpoint(new URL("/tools/", location.href))).rejects.toThrow(
      /has none of the files of a model \(config.json/,
    );
  });
});

describe("files that were dropped", () => {
  const file = async (name: string) => new File([await (await fetch(new URL(name, MODEL))).blob()], name);

  it("give a checkpoint", async () => {
    const names = ["config.json", "vocab.json", "preprocessor_config.json", "tokenizer_config.json", WEIGHTS];
    const checkpoint = await openCheckpoint(await Promise.all(names.map(file)));
    expect(checkpoint.vocabulary?.tokens).toHaveLength(32);
    await expectWeights(checkpoint);
  });

  it("say what is missing or wrong", async () => {
    const config = await file("config.json");
    await expect(openCheckpoint([config])).rejects.toThrow(
      /has no weights; it holds config.json; expected model.safetensors/,
    );
    await expect(openCheckpoint([])).rejects.toThrow(/none were given/);
    const cat = new File(["not a model at all"], WEIGHTS);
    await expect(openCheckpoint([config, cat])).rejects.toThrow(/model.safetensors: declares a header/);
    await expect(openCheckpoint([config], { revision: "v1" })).rejects.toThrow(
      /"revision" \(v1\) does not apply/,
    );
  });
});

describe("the Hub", () => {
  let endpoint: string;
  beforeAll(async () => void (endpoint = await commands.startHub()));
  afterAll(() => commands.stopHub());
  const load = (options: HubOptions = {}) => openCheckpoint("org/model", { endpoint, ...options });
  const storageRanges = async () =>
    (await commands.hubSeen())
      .filter(({ to, method }) => to === "storage" && method === "GET")
      .map(({ range }) => range);

  it("gives a checkpoint whose broken download goes on where it broke", async () => {
    await commands.hubBehaves({ drops: 2, dropAfter: 3_000_000 });
    const checkpoint = await load();
    await expectWeights(checkpoint);
    expect(await storageRanges()).toEqual([undefined, "bytes=3000000-", "bytes=6000000-"]);
  });

  it("goes on in another visit", async () => {
    await commands.hubBehaves({ drops: 1000, dropAfter: 5_000_000 });
    const stop = new AbortController();
    const onProgress = ({ loaded }: DownloadProgress) =>
      loaded >= 5_000_000 && stop.abort(new Error("page closed"));
    await expect(load({ signal: stop.signal, onProgress })).rejects.toThrow("page closed");
    expect((await keptModels())[0]).toMatchObject({ source: "org/model", isPartial: true });
    await commands.hubBehaves({ drops: 0 });
    await expectWeights(await load());
    const [range] = await storageRanges();
    expect(Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1])).toBeGreaterThanOrEqual(4 * 2 ** 20);
  });

  it("is read again when it does not send what it announced", async () => {
    await commands.hubBehaves({ corrupts: true });
    await expect(load()).rejects.toThrow(/do not have the sha256 [0-9a-f]{64} that the Hub announced/);
    await commands.hubBehaves({ corrupts: false });
    await expectWeights(await load());
  });

  it("fetches once for two tabs", async () => {
    await commands.hubBehaves({});
    await Promise.all([load(), load()].map(async (checkpoint) => expectWeights(await checkpoint)));
    expect(await storageRanges()).toEqual([undefined]);
  });

  it("is not needed for what is kept", async () => {
    await load();
    const checkpoint = await openCheckpoint("org/model", { endpoint: "http://127.0.0.1:9" });
    await expectWeights(checkpoint);
    expect(checkpoint.notes).toEqual(["org/model could not be reached; using what this browser keeps of it"]);
  });

  it.each(["file", "folder"])(
    "works where the browser has no room for a %s, and says so once",
    async (what) => {
      const noRoom = () => Promise.reject(new DOMException("no room", "QuotaExceededError"));
      const own = FileSystemDirectoryHandle.prototype.getDirectoryHandle;
      const full =
        what === "file"
          ? vi.spyOn(FileSystemWritableFileStream.prototype, "write").mockImplementation(noRoom)
          : vi.spyOn(FileSystemDirectoryHandle.prototype, "getDirectoryHandle").mockImplementation(function (
              this: FileSystemDirectoryHandle,
              name,
              options,
            ) {
              return options?.create ? noRoom() : own.call(this, name, options);
            });
      try {
        const checkpoint = await load();
        await expectWeights(checkpoint);
        expect(checkpoint.notes).toEqual([
          expect.stringMatching(/no room to keep the model \(QuotaExceededError\)/),
        ]);
      } finally {
        full.mockRestore();
      }
    },
  );
});
