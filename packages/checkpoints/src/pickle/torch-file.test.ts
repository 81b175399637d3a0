import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FormatError } from "../errors.js";
import { bytesAccess } from "../files/random-access.js";
import { call, dict, global, int, legacyTorchFile, NONE, object, pickle, tensor, text, torchArchive, tuple, type Fragment } from "../fixtures/torch-bytes.js"; // prettier-ignore
import { readStateDict } from "./state-dict.js";
import { readTorchFile } from "./torch-file.js";
import { storageFrom } from "./torch-values.js";
import { unpickle } from "./unpickle.js";
import { PyRecord } from "./values.js";

const STORAGES = { "0": Float32Array.from({ length: 12 }, (_, i) => i), "1": new Float32Array([0.5]) };
const ROOT = dict({
  plain: tensor("0", 12, [3, 4], [4, 1]),
  transposed: tensor("0", 12, [4, 3], [1, 4]),
  offset: tensor("0", 12, [2, 2], [4, 1], 5),
  expanded: tensor("1", 1, [2, 3], [0, 0]),
  scalar: tensor("1", 1, [], []),
  empty: tensor("1", 1, [0, 2], [2, 1]),
  parameter: call(global("torch._utils", "_rebuild_parameter"), tensor("1", 1, [1], [1]), [0x89], NONE),
});

async function tensorsOf(bytes: Uint8Array) {
  const file = bytesAccess("test", bytes);
  return (await readStateDict("test", await readTorchFile(file))).tensors;
}
const load = (fragment: Fragment) => unpickle("test", pickle(fragment), 0, storageFrom).value;

describe("a PyTorch file", () => {
  it.each([
    ["zip", () => torchArchive(ROOT, STORAGES)],
    ["legacy", async () => legacyTorchFile(ROOT, STORAGES)],
  ])("in the %s layout gives contiguous, transposed, offset and expanded tensors", async (_, make) => {
    const tensors = await tensorsOf(await make());
    const values = async (name: string) => [...(await tensors.get(name)!.read())];
    expect(await values("plain")).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(await values("transposed")).toEqual([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
    expect(await values("offset")).toEqual([5, 6, 9, 10]);
    expect(await values("expanded")).toEqual([0.5, 0.5, 0.5, 0.5, 0.5, 0.5]);
    expect(await values("scalar")).toEqual([0.5]);
    expect(await values("empty")).toEqual([]);
    expect(await values("parameter")).toEqual([0.5]);
  });

  it("is refused when its numbers are big-endian", async () => {
    await expect(torchArchive(ROOT, STORAGES, "big").then(tensorsOf)).rejects.toThrow(/byte order "big"/);
  });

  it("gives values or a FormatError for any changed bytes, in bounded time", async () => {
    const files = [await torchArchive(ROOT, STORAGES), legacyTorchFile(ROOT, STORAGES)];
    for (const bytes of files) {
      const change = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), {
        minLength: 1,
        maxLength: 6,
      });
      const property = fc.asyncProperty(change, fc.nat(bytes.length), async (changes, cut) => {
        const mutated = bytes.slice(0, cut % 4 === 0 ? cut : bytes.length);
        for (const [at, value] of changes) if (at < mutated.length) mutated[at] = value;
        const start = performance.now();
        try {
          for (const handle of (await tensorsOf(mutated)).values()) await handle.read();
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
        expect(performance.now() - start).toBeLessThan(1000);
      });
      await fc.assert(property, { numRuns: 1500, seed: 1 });
    }
  });
});

describe("the unpickler", () => {
  it("keeps settings as inert records", () => {
    const value = load(
      object(global("argparse", "Namespace"), dict({ normalize: [0x88], __proto__: int(1) })),
    );
    expect(value).toBeInstanceOf(PyRecord);
    expect([...(value as PyRecord).fields]).toEqual([["normalize", true]]); // a literal's __proto__ is no entry
  });

  it("keeps a key named __proto__ as a key", () => {
    const value = load([0x7d, ...text("__proto__"), ...dict({ polluted: int(1) }), 0x73]);
    expect([...(value as Map<string, unknown>).keys()]).toEqual(["__proto__"]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it.each([
    ["os", "system", /names os.system, which is not allowed/],
    ["__builtin__", "eval", /names builtins.eval/],
    ["torch", "hub.load", /names torch.hub.load/],
    ["fairseq.x", "y.z", /names fairseq.x.y.z/],
    ["omegaconf.a b", "C", /names omegaconf/],
    ["torch.nn.modules.linear", "Linear", /it is a pickled module: save its state_dict\(\)/],
  ])("refuses %s %s by name", (module, name, message) => {
    expect(() => load(global(module, name))).toThrow(message);
  });

  it("refuses to call what may only be named", () => {
    expect(() => load(call(global("torch", "FloatStorage"), int(1)))).toThrow(
      /calls torch.FloatStorage, which is only allowed as a name/,
    );
  });

  it("refuses to append to a tuple and to set items of a list", () => {
    expect(() => load([...tuple(int(1)), ...int(2), 0x61])).toThrow(
      /appends to something that is not a list/,
    );
    expect(() => load([0x5d, ...int(1), ...int(2), 0x73])).toThrow(
      /sets items of something that is not a dict/,
    );
  });

  it("reads long integers of both signs", () => {
    expect(load([0x8a, 1, 0xff])).toBe(-1);
    expect(load([0x8a, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1])).toBe(2n ** 64n);
  });
});
