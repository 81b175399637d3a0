import { gather, graph, input, matMul, mul, sum, symbol, type Backend } from "@wav2vec/core";
import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { ortBackend } from "./ort-backend.js";
import type { OrtRuntime } from "./ort-runtime.js";
import type { OrtTensor } from "./ort-tensor.js";

const SIDE = 1024; // 4 MiB of float32
const rows = symbol("rows");
const x = input("x", [rows, SIDE]);
const y = input("y", [SIDE, rows]);
/** A large result of known length, and small ones of lengths that a run decides. */
const program = graph({ product: matMul(y, x), twice: mul(x, 2), total: sum(x, [0, 1]) });

function feeds(backend: Backend<OrtTensor>, count: number, value: number) {
  const data = new Float32Array(count * SIDE).fill(value);
  return { x: backend.upload(data, [count, SIDE]), y: backend.upload(data, [SIDE, count]) };
}

async function expectRight(
  backend: Backend<OrtTensor>,
  results: Record<string, OrtTensor>,
  count: number,
  value: number,
) {
  // prettier-ignore
  const { product, twice, total } = results as Record<"product" | "twice" | "total", OrtTensor>; // outputs
  expect([product.shape, twice.shape, total.shape]).toEqual([[SIDE, SIDE], [count, SIDE], [1, 1]]); // prettier-ignore
  const all = await backend.download(product);
  expect([all.length, all[0], all.at(-1)]).toEqual([SIDE ** 2, count * value ** 2, count * value ** 2]);
  expect((await backend.download(twice)).at(-1)).toBe(2 * value);
  expect((await backend.download(total))[0]).toBe(count * SIDE * value);
}

describe("large results", () => {
  it("lie in the memory of those before them that ended, and in new memory while those live", async () => {
    const backend = ortBackend({ ort, threads: 1 });
    const compiled = await backend.compile(program, new Map());
    const first = await compiled.run(feeds(backend, 3, 1));
    const memory = backend.hostMemory!(first["product"]!).buffer; // on the CPU there is one
    const second = await compiled.run(feeds(backend, 5, 2));
    await expectRight(backend, first, 3, 1);
    await expectRight(backend, second, 5, 2);
    expect(backend.hostMemory!(second["product"]!).buffer).not.toBe(memory);
    backend.free(first["product"]!);
    const third = await compiled.run(feeds(backend, 4, 3));
    await expectRight(backend, third, 4, 3);
    await expectRight(backend, second, 5, 2);
    expect(backend.hostMemory!(third["product"]!).buffer).toBe(memory);
    compiled.dispose();
    await expectRight(backend, third, 4, 3);
    const last = backend.hostMemory!(third["product"]!);
    backend.free(third["product"]!);
    expect(last.length).toBe(0);
  });

  it("do not come back where their memory went to another thread", async () => {
    const backend = ortBackend({ ort, threads: 1 });
    const compiled = await backend.compile(program, new Map());
    const { product } = await compiled.run(feeds(backend, 1, 1));
    structuredClone(0, { transfer: [backend.hostMemory!(product!).buffer as ArrayBuffer] });
    backend.free(product!);
    await expectRight(backend, await compiled.run(feeds(backend, 2, 2)), 2, 2);
    compiled.dispose();
  });

  it("are told what a run itself finds wrong, and are in place again in the next", async () => {
    const backend = ortBackend({ ort, threads: 1 });
    const picked = gather(x, input("ids", [1], "int32"));
    const compiled = await backend.compile(graph({ product: matMul(y, x), picked }), new Map());
    const run = (id: number) => compiled.run({ ...feeds(backend, 2, 2), ids: backend.upload(Int32Array.of(id), [1]) }); // prettier-ignore
    await expect(run(99)).rejects.toThrow(/indices element out of data bounds/);
    const { product } = await run(1);
    const memory = backend.hostMemory!(product!).buffer;
    backend.free(product!);
    await expect(run(99)).rejects.toThrow(/indices element out of data bounds/);
    expect((await run(1))["product"]!.shape).toEqual([SIDE, SIDE]);
    const again = await run(0);
    const lent = backend.hostMemory!(again["product"]!).buffer;
    backend.free(again["product"]!);
    expect(lent).not.toBe(memory); // it went with the run that failed
    expect(backend.hostMemory!((await run(1))["product"]!).buffer).toBe(lent);
    compiled.dispose();
  });

  type Run = ort.InferenceSession["run"];
  it.each([
    ["returns results after all", (run: Run, [own, fetches]: Parameters<Run>) => run(own, Object.keys(fetches!).filter((name) => name !== "results:end"))], // prettier-ignore
    ["refuses the sequence before it runs", () => Promise.reject(new Error("Non tensor type is not supported"))], // prettier-ignore
    ["fails in another way", () => Promise.reject(new Error("sequence_type is unknown"))],
  ] as const)("are copied by a runtime that %s", async (_, behave) => {
    const other = {
      ...ort,
      InferenceSession: {
        async create(...args: Parameters<typeof ort.InferenceSession.create>) {
          const session = await ort.InferenceSession.create(...args);
          const run: Run = session.run.bind(session);
          session.run = ((...given: Parameters<Run>) =>
            given[1] && !Array.isArray(given[1]) ? behave(run, given) : run(...given)) as Run;
          return session;
        },
      },
    } as unknown as OrtRuntime;
    const backend = ortBackend({ ort: other, threads: 1 });
    const compiled = await backend.compile(program, new Map());
    for (const count of [1, 2]) await expectRight(backend, await compiled.run(feeds(backend, count, 3)), count, 3); // prettier-ignore
    compiled.dispose();
  });
});
