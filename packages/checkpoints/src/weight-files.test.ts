import { describe, expect, it } from "vitest";
import { bytesAccess } from "./files/random-access.js";
import type { SourceFiles } from "./files/source-files.js";
import { chooseWeightFile, openWeights } from "./weight-files.js";

function safetensors(...names: string[]): Uint8Array {
  const header = new TextEncoder().encode(
    JSON.stringify(
      Object.fromEntries(
        names.map((name, i) => [name, { dtype: "U8", shape: [1], data_offsets: [i, i + 1] }]),
      ),
    ),
  );
  const bytes = new Uint8Array(8 + header.length + names.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  return bytes;
}

function folder(files: Record<string, Uint8Array | object>): SourceFiles {
  const bytes = (value: Uint8Array | object) =>
    value instanceof Uint8Array ? value : new TextEncoder().encode(JSON.stringify(value));
  return {
    label: "folder",
    names: Object.keys(files),
    notes: [],
    open: async (name) => bytesAccess(name, bytes(files[name]!)),
  };
}

const names = (...list: string[]) => folder(Object.fromEntries(list.map((name) => [name, {}])));

describe("the weight file of a folder", () => {
  it("is safetensors before a pickle, and a whole file before shards", () => {
    expect(
      chooseWeightFile(names("pytorch_model.bin", "model.safetensors.index.json", "model.safetensors")),
    ).toBe("model.safetensors");
    expect(chooseWeightFile(names("pytorch_model.bin", "model.safetensors.index.json"))).toBe(
      "model.safetensors.index.json",
    );
  });

  it("is the only one there, whatever its name, leaving out training state and adapters", () => {
    expect(
      chooseWeightFile(
        names("training_args.bin", "adapter.fra.safetensors", "optimizer.pt", "checkpoint_best.pt"),
      ),
    ).toBe("checkpoint_best.pt");
  });

  it("is asked for when there are none or several", () => {
    expect(() => chooseWeightFile(names("config.json"))).toThrow(
      /has no weights; it holds config.json; expected model.safetensors/,
    );
    expect(() => chooseWeightFile(names("a.pt", "b.pt"))).toThrow(
      /several weight files \(a.pt, b.pt\); name one of them/,
    );
  });
});

describe("shards", () => {
  const index = (map: Record<string, unknown>) => ({ weight_map: map });
  const open = (map: Record<string, unknown>, shards: Record<string, Uint8Array>) =>
    openWeights(folder({ "i.json": index(map), ...shards }), "i.json");
  const shards = { "1.safetensors": safetensors("a"), "2.safetensors": safetensors("b", "c") };

  it("are read as one", async () => {
    const { tensors, container } = await open(
      { a: "1.safetensors", b: "2.safetensors", c: "2.safetensors" },
      shards,
    );
    expect([...tensors.keys()]).toEqual(["a", "b", "c"]);
    expect(container).toBe("safetensors, 2 files");
  });

  it("must hold what the index says, no less and no more", async () => {
    await expect(open({ a: "1.safetensors", b: "2.safetensors" }, shards)).rejects.toThrow(
      /2.safetensors: holds "c", which i.json does not expect there/,
    );
    await expect(open({ a: "1.safetensors", d: "1.safetensors" }, shards)).rejects.toThrow(
      /1.safetensors: lacks "d", which i.json expects there/,
    );
  });

  it.each([
    "../1.safetensors",
    "/1.safetensors",
    "http://x/1.safetensors",
    "..\\1.safetensors",
    ".hidden.safetensors",
    "1.exe",
    7,
    null,
  ])("are not looked for at %s", async (shard) => {
    await expect(open({ a: shard }, shards)).rejects.toThrow(
      /puts "a" into .*; expected the name of a file beside the index/,
    );
  });
});
