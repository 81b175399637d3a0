import { reference, type Backend, type ReferenceTensor } from "@wav2vec/core";
import { expectClose } from "@wav2vec/testkit";
import { expect, it } from "vitest";
import { adamCoefficients } from "../optimizer.js";
import { adamUpdates } from "./adam-updates.js";
import { runningAverage } from "./running-average.js";

const NAMES = ["a", "b", "c", "d"];
const coefficients = adamCoefficients({ rate: 0.1, betas: [0.9, 0.98], eps: 1e-8, epsRule: "torch", weightDecay: 0.01, update: 1, gradientScale: 1 }); // prettier-ignore

it("gives the same in one part and in several, and keeps nothing", async () => {
  const compiled: number[] = [];
  const counting: Backend<ReferenceTensor> = {
    ...reference,
    compile(graph, ...rest) {
      compiled.push(Object.keys(graph.outputs).length);
      return reference.compile(graph, ...rest);
    },
  };
  const after = async (elements?: number) => {
    const parameters = NAMES.map((name, i) => ({ name, shape: [i + 1], group: i < 2 ? "x" : "y", decays: i < 2 })); // prettier-ignore
    const drawn = (prefix: string, size: number) =>
      reference.upload(Float32Array.from({ length: size }, (_, i) => Math.abs(Math.sin(prefix.length + 7 * size + i))), [size]); // prettier-ignore
    const tensors = (...prefixes: string[]) =>
      Object.fromEntries(prefixes.flatMap((prefix) => NAMES.map((name, i) => [`${prefix}.${name}`, drawn(prefix, i + 1)]))); // prettier-ignore
    const updates = await adamUpdates(counting, parameters, elements);
    const groups = { "adam.x": reference.upload(coefficients, [6]), "adam.y": reference.upload(coefficients, [6]) }; // prettier-ignore
    const state = await updates.run(tensors("parameter", "first", "second"), tensors("gradient"), groups);
    updates.dispose();
    expect(() => reference.free(groups["adam.x"])).toThrow(/freed or donated before/);
    return Object.fromEntries(Object.entries(state).map(([name, { data }]) => [name, [...data]]));
  };
  const whole = await after();
  expect(Object.keys(whole)).toHaveLength(12);
  expect(compiled).toEqual([12]);
  expect(await after(3)).toEqual(whole);
  expect(compiled).toEqual([12, 6, 3, 3]); // a and b together, c and d by themselves
});

it("gives on the host's memory what programs give, averages too", async () => {
  const onHost: Backend<ReferenceTensor> = {
    ...reference,
    hostMemory: ({ data }) => data as unknown as Float32Array, // float64, which reads and writes alike
  };
  const after = async (backend: Backend<ReferenceTensor>) => {
    const parameters = NAMES.map((name, i) => ({ name, shape: [i + 1], group: "x", decays: i < 2 }));
    const drawn = (prefix: string) =>
      Object.fromEntries(
        NAMES.map((name, i) => [
          `${prefix}.${name}`,
          backend.upload(Float32Array.from({ length: i + 1 }, (_, at) => Math.abs(Math.sin(prefix.length + 7 * i + at))), [i + 1]), // prettier-ignore
        ]),
      );
    const updates = await adamUpdates(backend, parameters);
    const average = await runningAverage(backend, parameters, 0.9, drawn("parameter"));
    let state: Record<string, ReferenceTensor> = {
      ...drawn("parameter"),
      ...drawn("first"),
      ...drawn("second"),
    };
    for (let update = 0; update < 3; update++) {
      state = {
        ...(await updates.run(state, drawn("gradient"), { "adam.x": backend.upload(coefficients, [6]) })),
      };
      const weights = Object.entries(state).filter(([name]) => name.startsWith("parameter."));
      await average.add(Object.fromEntries(weights), update);
    }
    const names = Object.keys(state).sort();
    const last = [...names.map((name) => state[name]!), ...Object.values(average.tensors())]; // its own names
    const numbers = last.flatMap(({ data }) => [...data]);
    updates.dispose();
    average.dispose();
    return numbers;
  };
  const [programs, host] = [await after(reference), await after(onHost)];
  expect(host).toHaveLength(40);
  expectClose(host, programs, 1e-6);
});
