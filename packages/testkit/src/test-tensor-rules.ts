// The part of the conformance suite about memory: who owns a tensor, and when it ends.
import {
  add,
  graph,
  input,
  matMul,
  mul,
  param,
  slice,
  sub,
  concat,
  symbol,
  weightFromArray,
  type Backend,
  type Graph,
  type Tensor,
  type Value,
} from "@wav2vec/core";
import { describe, expect, it } from "vitest";

const numbers = (length: number) => Float32Array.from({ length }, (_, i) => i - 2.5);
const x = input("x", [2, 3]);

/** Declares the tests. */
export function testTensorRules<T extends Tensor>(backend: () => Backend<T>): void {
  const compile = (outputs: Record<string, Value>) => backend().compile(graph(outputs), new Map());

  describe("tensors", () => {
    it("come back as they were uploaded", async () => {
      const arrays = [
        numbers(6),
        Int32Array.from([1, -2, 3, 2 ** 31 - 1, 5, 6]),
        Uint8Array.from([0, 1, 1, 0, 0, 1]),
      ];
      for (const data of arrays) {
        const tensor = backend().upload(data, [2, 3]);
        expect(tensor.shape).toEqual([2, 3]);
        expect(await backend().download(tensor)).toEqual(data);
        backend().free(tensor);
      }
    });

    it("keep their contents when the uploaded array changes", async () => {
      const data = numbers(6);
      const tensor = backend().upload(data, [6]);
      data.fill(9);
      expect(await backend().download(tensor)).toEqual(numbers(6));
      backend().free(tensor);
    });

    it("may be scalars and may be empty", async () => {
      for (const [length, shape] of [
        [1, []],
        [0, [0, 4]],
      ] as const) {
        const tensor = backend().upload(numbers(length), shape);
        expect(await backend().download(tensor)).toEqual(numbers(length));
        backend().free(tensor);
      }
    });

    it("have as many elements as their shape says", () => {
      expect(() => backend().upload(numbers(6), [2, 4])).toThrow(/6 elements.*expected 8/s);
    });

    it("cannot be freed twice, nor used after", async () => {
      const program = await compile({ y: mul(x, 2) });
      const tensor = backend().upload(numbers(6), [2, 3]);
      backend().free(tensor);
      expect(() => backend().free(tensor)).toThrow(/freed/);
      await expect(backend().download(tensor)).rejects.toThrow(/freed/);
      await expect(program.run({ x: tensor })).rejects.toThrow(/freed/);
      program.dispose();
    });
  });

  describe("programs", () => {
    it("leave their inputs valid and give outputs of their own", async () => {
      const program = await compile({ same: x, again: x, double: mul(x, 2) });
      const tensor = backend().upload(numbers(6), [2, 3]);
      const { same, again, double } = await program.run({ x: tensor });
      backend().free(tensor);
      backend().free(again!);
      expect(await backend().download(same!)).toEqual(numbers(6));
      expect(await backend().download(double!)).toEqual(numbers(6).map((n) => 2 * n));
      backend().free(same!);
      backend().free(double!);
      program.dispose();
    });

    it("take the outputs of other programs without a download", async () => {
      const program = await compile({ y: mul(x, 2) });
      const first = await program.run({ x: backend().upload(numbers(6), [2, 3]) });
      const second = await program.run({ x: first["y"]! });
      expect(await backend().download(second["y"]!)).toEqual(numbers(6).map((n) => 4 * n));
      program.dispose();
    });

    it("hold their weights, also as outputs", async () => {
      const weights = new Map([["layer.weight", weightFromArray(numbers(6), [2, 3])]]);
      const w = param("layer.weight", [2, 3]);
      const program = await backend().compile(graph({ w, y: add(x, w) }), weights);
      const { w: held, y } = await program.run({ x: backend().upload(numbers(6), [2, 3]) });
      expect(await backend().download(held!)).toEqual(numbers(6));
      expect(await backend().download(y!)).toEqual(numbers(6).map((n) => 2 * n));
      program.dispose();
    });

    it("list every weight that is missing or misshapen", async () => {
      const wanted = graph({ y: matMul(param("a", [2, 3]), param("b", [3, 4])) });
      const weights = new Map([["b", weightFromArray(numbers(12), [4, 3])]]);
      await expect(backend().compile(wanted, weights)).rejects.toThrow(
        /"a" \[2, 3\] is missing[^]*"b" is \[4, 3\]/,
      );
    });

    it("refuse inputs that are missing, unknown, misshapen or of another dtype", async () => {
      const program = await compile({ y: mul(x, 2) });
      const good = backend().upload(numbers(6), [2, 3]);
      const wide = backend().upload(numbers(8), [2, 4]);
      const whole = backend().upload(new Int32Array(6), [2, 3]);
      await expect(program.run({})).rejects.toThrow(/"x" is missing/);
      await expect(program.run({ x: good, z: good })).rejects.toThrow(/unknown input "z"/);
      await expect(program.run({ x: wide })).rejects.toThrow(/\[2, 4\]; expected \[2, 3\]/);
      await expect(program.run({ x: whole })).rejects.toThrow(/int32; expected float32/);
      await expect(program.run({ x: good }, { donate: ["z"] })).rejects.toThrow(/"z"/);
      program.dispose();
    });

    it("refuse symbols that contradict each other", async () => {
      const time = symbol("time");
      const program = await compile({ y: add(input("a", [time]), input("b", [time])) });
      const [a, b] = [backend().upload(numbers(3), [3]), backend().upload(numbers(4), [4])];
      await expect(program.run({ a, b })).rejects.toThrow(/"b" is \[4\]; expected \[time\] with time = 3/);
      program.dispose();
    });
  });

  it("shows its own memory where it says so, and what is written there counts", async () => {
    const own = backend();
    if (!own.hostMemory) return; // optional
    const program = await own.compile(graph({ y: add(input("x", [3]), 1) }), new Map());
    const made = (await program.run({ x: own.upload(Float32Array.of(1, 2, 3), [3]) }, { donate: ["x"] })).y!;
    const memory = own.hostMemory(made);
    expect([...memory]).toEqual([2, 3, 4]);
    memory[1] = 10;
    expect([...(await own.download(made))]).toEqual([2, 10, 4]);
    const further = (await program.run({ x: made }, { donate: ["x"] })).y!;
    expect([...(await own.download(further))]).toEqual([3, 11, 5]);
    own.free(further);
    program.dispose();
  });

  it("takes the host's memory for its own where it says so", async () => {
    const own = backend();
    expect(own.adopt === undefined).toBe(own.hostMemory === undefined);
    if (!own.adopt || !own.hostMemory) return; // optional
    const room = new Float32Array(new ArrayBuffer(40), 8, 6).fill(1); // in the midst of other memory
    const given = own.adopt(room, [2, 3]);
    room[5] = 4;
    const program = await own.compile(graph({ y: add(input("x", [2, 3]), 1) }), new Map());
    const { y } = await program.run({ x: given });
    expect([...(await own.download(y!))]).toEqual([2, 2, 2, 2, 2, 5]);
    expect(own.hostMemory(given).byteOffset).toBe(8);
    expect(() => own.adopt!(room, [7])).toThrow(/got 6 elements for shape \[7\]; expected 7/);
    own.free(given);
    expect(room[5]).toBe(4); // what lies around a tensor does not end with it
    program.dispose();
  });

  describe("donated inputs", () => {
    const step = (): Graph => {
      const [w, g] = [input("w", [4]), input("g", [4])];
      return graph({ w: sub(w, mul(g, 0.5)), seen: mul(w, 10) });
    };

    it("give the same results, step after step, and are gone", async () => {
      const program = await backend().compile(step(), new Map());
      let w = backend().upload(Float32Array.of(1, 2, 3, 4), [4]);
      const g = backend().upload(Float32Array.of(2, 4, 6, 8), [4]);
      for (let i = 1; i <= 3; i++) {
        const result = await program.run({ w, g }, { donate: ["w"] });
        await expect(backend().download(w)).rejects.toThrow(/donated/);
        expect(await backend().download(result["seen"]!)).toEqual(
          Float32Array.of(10, 20, 30, 40).map((n) => n * (2 - i)),
        );
        w = result["w"]!;
        expect(await backend().download(w)).toEqual(Float32Array.of(1, 2, 3, 4).map((n) => n * (1 - i)));
      }
      expect(await backend().download(g)).toEqual(Float32Array.of(2, 4, 6, 8));
      program.dispose();
    });

    it("update moments through several ops", async () => {
      const [m, g] = [input("m", [3]), input("g", [3])];
      const moment = add(mul(m, 0.5), mul(g, 0.5));
      const program = await compile({ moment, step: mul(moment, 2), seen: sub(m, g) });
      const tensors = {
        m: backend().upload(Float32Array.of(1, 2, 3), [3]),
        g: backend().upload(Float32Array.of(3, 2, 5), [3]),
      };
      const result = await program.run(tensors, { donate: ["m", "g"] });
      expect(await backend().download(result["moment"]!)).toEqual(Float32Array.of(2, 2, 4));
      expect(await backend().download(result["step"]!)).toEqual(Float32Array.of(4, 4, 8));
      expect(await backend().download(result["seen"]!)).toEqual(Float32Array.of(-2, 0, -2));
      program.dispose();
    });

    it("are not overwritten before they are read", async () => {
      const w = input("w", [4]);
      const turned = concat([slice(w, 0, 2, 4), slice(w, 0, 0, 2)], 0);
      const program = await compile({
        sum: add(w, turned),
        turned,
        shifted: sub(w, 1),
        late: mul(turned, w),
      });
      const tensor = backend().upload(Float32Array.of(1, 2, 3, 4), [4]);
      const { sum, turned: halves, shifted, late } = await program.run({ w: tensor }, { donate: ["w"] });
      expect(await backend().download(sum!)).toEqual(Float32Array.of(4, 6, 4, 6));
      expect(await backend().download(halves!)).toEqual(Float32Array.of(3, 4, 1, 2));
      expect(await backend().download(shifted!)).toEqual(Float32Array.of(0, 1, 2, 3));
      expect(await backend().download(late!)).toEqual(Float32Array.of(3, 8, 3, 8));
      program.dispose();
    });
  });
}
