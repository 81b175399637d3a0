// Chooses what computes: the first backend that really works here, with a note on each that does not.
import { add, graph, input, type Backend } from "@wav2vec/core";

/** Backends by name, in order of preference; each is loaded when its turn comes. */
export type BackendTable = Readonly<Record<string, () => Promise<Backend>>>;

/**
 * Starts a backend and sees it add two numbers.
 *
 * @param wanted tries this one first
 * @returns the backend and why those before it were passed over
 * @throws Error listing the reasons if none works
 */
export async function startBackend(
  table: BackendTable,
  wanted: string | undefined,
): Promise<{ backend: Backend; name: string; notes: string[] }> {
  if (wanted !== undefined && !(wanted in table))
    throw new RangeError(`backend is "${wanted}"; expected ${Object.keys(table).join(" or ")}`);
  const names = Object.keys(table).sort((a, b) => Number(b === wanted) - Number(a === wanted));
  const reasons: string[] = [];
  for (const name of names) {
    try {
      const backend = await table[name]!(); // a key of the table
      await addNumbers(backend);
      return { backend, name, notes: reasons.map((reason) => `${reason}; using ${name}`) };
    } catch (error) {
      reasons.push(`${name} does not start (${error instanceof Error ? error.message : String(error)})`);
    }
  }
  throw new Error(`no backend works here: ${reasons.join("; ")}`);
}

async function addNumbers(backend: Backend): Promise<void> {
  const x = input("x", [2]);
  const program = await backend.compile(graph({ y: add(x, x) }), new Map(), { name: "first steps" });
  const tensor = backend.upload(Float32Array.from([1, 2]), [2]);
  const { y } = await program.run({ x: tensor });
  const sum = await backend.download(y!); // the graph's one output
  backend.free(tensor);
  backend.free(y!);
  program.dispose();
  if (sum[0] !== 2 || sum[1] !== 4) throw new Error(`computes 1 + 1 = ${sum[0]}`);
}
