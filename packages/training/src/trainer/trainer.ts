// Weights and moments on a device, and the updates that move them: steps of any objective in, next weights out.
import {
  weightFromArray,
  type Backend,
  type Program,
  type Tensor,
  type WeightHandle,
  type Weights,
} from "@wav2vec/core";
import { clipScale, gradientSumGraph } from "../gradient-norm.js";
import { adamCoefficients, type AdamSettings, type TrainedParameter } from "../optimizer.js";
import type { Random } from "../random.js";
import { adamUpdates, type AdamUpdates } from "./adam-updates.js";
import { takeNumber, type GradientStep, type Tensors } from "./gradient-step.js";
import { rateOf, refuseUnused } from "./group-rates.js";
import { runningAverage, type RunningAverage } from "./running-average.js";

/** From `from` on, the parameters that `isTrained` names learn. */
export interface Stage {
  /** Number of the first update, counted from 0. */
  readonly from: number;
  readonly isTrained: (name: string) => boolean;
}

/** The optimiser's settings that do not change. */
export interface OptimizerSettings extends Pick<AdamSettings, "betas" | "eps" | "epsRule" | "weightDecay"> {
  /** Largest norm of all gradients together; 0 does not clip. */
  readonly clip: number;
  /** Multiplies the rate of the head. */
  readonly headRate: number;
  /** Multiplies the rate of a module's parameters, by its path, such as `encoder.layers.0`; the longest path decides. */
  readonly rates?: Readonly<Record<string, number>> | undefined;
  /** Decay of a running average of the weights, which is then what `weights` and `parameters` give. */
  readonly average?: number | undefined;
}

/** What a trainer is made of. */
export interface TrainerOptions<Batch, T extends Tensor> {
  readonly backend: Backend<T>;
  /** All parameters of the model at the start, or where training goes on. */
  readonly weights: Weights;
  /**
   * What `moments` gave where training goes on: `first.NAME` and `second.NAME`, 0 if not there; and `weight.NAME` where
   * `weights` are averages.
   */
  readonly moments?: Weights;
  /** In the order of `from`; the first starts at 0, and later ones train all that earlier ones do. */
  readonly stages: readonly Stage[];
  readonly optimizer: OptimizerSettings;
  /** Which parameters are the head's; default those of `lm_head`. */
  readonly isHead?: (name: string) => boolean;
  /** Compiles a stage. `weights` are those that it does not train. */
  readonly makeStep: (weights: Weights, isTrained: Stage["isTrained"]) => Promise<GradientStep<Batch, T>>;
}

/** What one update did. */
export interface Update {
  /** Of the gradients per unit, before clipping. */
  readonly norm: number;
  /** Means over the batches, weighted by units. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** A model in training. */
export interface Trainer<Batch, T extends Tensor = Tensor> {
  /** Compiles what the stage of this update needs; `step` does it by itself. */
  prepare(update: number): Promise<ReadonlyMap<string, readonly number[]>>;
  /**
   * One update from one or more batches.
   *
   * @param update counted from 0
   * @throws DivergedError if loss or gradients are no numbers; the weights are then still those before
   */
  step(update: number, batches: AsyncIterable<Batch>, rate: number, random: Random): Promise<Update>;
  /** `parameter.NAME` on the device, of the present stage, averages if there are; valid until the next step. */
  parameters(): Tensors<T>;
  /** The stage at an update. */
  stageAt(update: number): Stage;
  /** All weights as they are now, averages if there are; trained ones are read from the device when asked for. */
  weights(): Weights;
  /** `first.NAME` and `second.NAME` of the trained parameters; `weight.NAME` too where `weights` gives averages. */
  moments(): Weights;
  dispose(): void;
}

/** Training went out of the numbers. `batch` is the position in the update, from 0. */
export class DivergedError extends Error {
  override name = "DivergedError";
  constructor(
    readonly update: number,
    readonly batch: number,
    message: string,
  ) {
    super(message);
  }
}

/** Makes a trainer; nothing is compiled before `prepare` or `step`. */
export function createTrainer<Batch, T extends Tensor>(options: TrainerOptions<Batch, T>): Trainer<Batch, T> {
  const { backend, stages, optimizer } = options;
  let current: CompiledStage<Batch, T> | undefined;
  let own: Weights = options.weights;
  let ownMoments: Weights = options.moments ?? new Map();

  const stageAt = (update: number) => stages.findLast(({ from }) => from <= update) ?? stages[0]!; // there is one
  const prepare = async (update: number) => {
    const stage = stageAt(update);
    if (current?.stage !== stage) {
      if (current) {
        [own, ownMoments] = [await read(weightsNow()), await read(momentsNow())];
        release(current, backend);
      }
      current = await compileStage(options, stage, own, ownMoments);
    }
    return current.step.parameters;
  };
  const weightsNow = (): Weights => {
    const all = new Map(own);
    for (const [name, shape] of current?.step.parameters ?? [])
      all.set(
        name,
        deviceWeight(backend, () => evaluated(current!)[`parameter.${name}`]!, shape),
      ); // of the present stage
    return all;
  };
  const momentsNow = (): Weights => {
    const moments = new Map(ownMoments);
    for (const [name, shape] of current?.step.parameters ?? [])
      for (const [key, source] of [
        [`first.${name}`, `first.${name}`],
        [`second.${name}`, `second.${name}`],
        ...(current!.average ? [[`weight.${name}`, `parameter.${name}`] as const] : []), // there are parameters
      ] as const)
        moments.set(
          key,
          deviceWeight(backend, () => current!.state[source]!, shape),
        ); // of the present stage
    return moments;
  };

  return {
    prepare,
    stageAt,
    async step(update, batches, rate, random) {
      await prepare(update);
      const compiled = current!; // prepare has set it
      const sums = await accumulate(compiled, backend, batches, update, random);
      const norm = sums.norm / sums.units;
      const clip = optimizer.clip > 0 ? clipScale(norm, optimizer.clip) : 1;
      const coefficients: Record<string, T> = {};
      for (const [group, { since, rate: multiplier, decays }] of compiled.groups) {
        coefficients[`adam.${group}`] = backend.upload(
          adamCoefficients({
            ...optimizer,
            rate: rate * multiplier,
            weightDecay: decays ? optimizer.weightDecay : 0,
            update: update - since + 1,
            gradientScale: clip / sums.units,
          }),
          [6],
        );
      }
      compiled.state = await compiled.update.run(compiled.state, sums.gradients, coefficients);
      await compiled.average?.add(parametersOf(compiled), update);
      return { norm, metrics: sums.metrics };
    },
    parameters: () => (current ? evaluated(current) : {}),
    weights: weightsNow,
    moments: momentsNow,
    dispose() {
      if (current) release(current, backend);
      current = undefined;
    },
  };
}

interface Group {
  /** First update of the stage in which its parameters began to learn. */
  readonly since: number;
  /** Multiplies the rate. */
  readonly rate: number;
  readonly decays: boolean;
}

interface CompiledStage<Batch, T extends Tensor> {
  readonly stage: Stage;
  readonly step: GradientStep<Batch, T>;
  readonly update: AdamUpdates<T>;
  /** Adds the gradients of a further batch; compiled when an update first has one. */
  sum?: Program<T>;
  readonly groups: ReadonlyMap<string, Group>;
  /** `parameter.NAME`, `first.NAME`, `second.NAME`. */
  state: Tensors<T>;
  readonly average?: RunningAverage<T>;
}

/** `parameter.NAME` of what is evaluated and saved. */
function evaluated<Batch, T extends Tensor>(compiled: CompiledStage<Batch, T>): Tensors<T> {
  return compiled.average?.tensors() ?? parametersOf(compiled);
}

async function compileStage<Batch, T extends Tensor>(
  options: TrainerOptions<Batch, T>,
  stage: Stage,
  weights: Weights,
  moments: Weights,
): Promise<CompiledStage<Batch, T>> {
  const { backend, stages, makeStep, optimizer } = options;
  const step = await makeStep(weights, stage.isTrained);
  if (stage === stages.at(-1)) refuseUnused(optimizer.rates, [...step.parameters.keys()]);
  const groups = new Map<string, Group>();
  const trained: TrainedParameter[] = [];
  for (const [name, shape] of step.parameters) {
    const since = stages.find((candidate) => candidate.isTrained(name))!.from; // this stage trains it
    const rate = rateOf(name, options);
    const decays = shape.length > 1;
    const group = `${since}.${rate}.${decays ? "decays" : "plain"}`;
    groups.set(group, { since, rate, decays });
    trained.push({ name, shape, group, decays });
  }
  const update = await adamUpdates(backend, trained);
  const state: Record<string, T> = {};
  const averages: Record<string, T> = {};
  for (const { name, shape } of trained) {
    const values = await weights.get(name)!.read(); // makeStep has checked the weights
    state[`parameter.${name}`] = update.place((await moments.get(`weight.${name}`)?.read()) ?? values, shape);
    if (optimizer.average !== undefined) averages[`parameter.${name}`] = backend.upload(values, shape);
    for (const key of [`first.${name}`, `second.${name}`])
      state[key] = update.place((await moments.get(key)?.read()) ?? new Float32Array(values.length), shape);
  }
  const compiled = { stage, step, update, groups, state };
  if (optimizer.average === undefined) return compiled;
  return { ...compiled, average: await runningAverage(backend, trained, optimizer.average, averages) };
}

interface Sums<T extends Tensor> {
  readonly gradients: Tensors<T>;
  readonly norm: number;
  readonly units: number;
  readonly metrics: Readonly<Record<string, number>>;
}

async function accumulate<Batch, T extends Tensor>(
  compiled: CompiledStage<Batch, T>,
  backend: Backend<T>,
  batches: AsyncIterable<Batch>,
  update: number,
  random: Random,
): Promise<Sums<T>> {
  let gradients: Tensors<T> = {};
  let norm = 0;
  let units = 0;
  let count = 0;
  const totals: Record<string, number> = {};
  for await (const batch of batches) {
    const result = await compiled.step.run(batch, parametersOf(compiled), random);
    if (count === 0) ({ gradients, norm } = result);
    else ({ gradients, norm } = await addGradients(compiled, backend, gradients, result.gradients));
    const wrong = [["gradient norm", norm], ...Object.entries(result.metrics)].find(
      ([, x]) => !Number.isFinite(x),
    );
    if (wrong) throw new DivergedError(update, count, `${wrong[0]} is ${wrong[1]}`);
    for (const [name, value] of Object.entries(result.metrics))
      totals[name] = (totals[name] ?? 0) + value * result.units;
    units += result.units;
    count++;
  }
  if (count === 0) throw new RangeError(`trainer: update ${update} got no batch; expected at least one`);
  return {
    gradients,
    norm,
    units,
    metrics: Object.fromEntries(Object.entries(totals).map(([name, total]) => [name, total / units])),
  };
}

/** Both are given away. */
async function addGradients<Batch, T extends Tensor>(
  compiled: CompiledStage<Batch, T>,
  backend: Backend<T>,
  before: Tensors<T>,
  further: Tensors<T>,
): Promise<{ gradients: Tensors<T>; norm: number }> {
  const program = (compiled.sum ??= await backend.compile(
    gradientSumGraph(compiled.step.parameters),
    new Map(),
    { name: "gradient sum" },
  ));
  const more = Object.entries(further).map(([name, tensor]) => [
    name.replace(/^gradient\./, "more."),
    tensor,
  ]);
  const inputs = { ...before, ...(Object.fromEntries(more) as Record<string, T>) }; // as many as gradients
  const { norm, ...gradients } = await program.run(inputs, { donate: Object.keys(inputs) });
  return { gradients, norm: await takeNumber(backend, norm!) };
}

function parametersOf<Batch, T extends Tensor>(
  compiled: CompiledStage<Batch, T> | undefined,
): Record<string, T> {
  return Object.fromEntries(
    [...(compiled?.step.parameters.keys() ?? [])].map((name) => [
      `parameter.${name}`,
      compiled!.state[`parameter.${name}`]!, // there are parameters, so it is compiled
    ]),
  );
}

function deviceWeight<T extends Tensor>(
  backend: Backend<T>,
  tensor: () => T,
  shape: readonly number[],
): WeightHandle {
  return {
    shape,
    dtype: "float32",
    read: async () => (await backend.download(tensor())) as Float32Array, // state is float32
  };
}

/** Everything that lies on the device, on the host; other handles as they are. */
async function read(weights: Weights): Promise<Weights> {
  const host = new Map<string, WeightHandle>();
  for (const [name, handle] of weights)
    host.set(name, handle.location ? handle : weightFromArray(await handle.read(), handle.shape));
  return host;
}

function release<Batch, T extends Tensor>(compiled: CompiledStage<Batch, T>, backend: Backend<T>): void {
  compiled.step.dispose();
  compiled.update.dispose();
  compiled.sum?.dispose();
  compiled.average?.dispose();
  for (const tensor of Object.values(compiled.state)) backend.free(tensor);
}
