// Learning rates of parts of a model: which multiplier a parameter's rate has.
import type { OptimizerSettings } from "./trainer.js";

interface Rated {
  readonly optimizer: Pick<OptimizerSettings, "headRate" | "rates">;
  readonly isHead?: (name: string) => boolean;
}

/** By the longest path in `rates` that leads to the parameter, else by `headRate` for the head. */
export function rateOf(name: string, { optimizer, isHead = isRecogniserHead }: Rated): number {
  const { headRate, rates = {} } = optimizer;
  const [longest] = Object.keys(rates).filter((path) => leadsTo(path, name)).sort((a, b) => b.length - a.length); // prettier-ignore
  return longest === undefined ? (isHead(name) ? headRate : 1) : rates[longest]!; // a key of it
}

/** @throws RangeError if a path in `rates` leads to no parameter that learns */
export function refuseUnused(rates: OptimizerSettings["rates"], names: readonly string[]): void {
  const unused = Object.keys(rates ?? {}).filter((path) => !names.some((name) => leadsTo(path, name)));
  if (unused.length === 0) return;
  throw new RangeError(
    `optimizer.rates: nothing that learns is in "${unused.join('", "')}"; expected paths of modules such as "${names[0]!.replace(/\.[^.]+$/, "")}"`,
  );
}

const isRecogniserHead = (name: string) => leadsTo("lm_head", name);
const leadsTo = (path: string, name: string) => name === path || name.startsWith(`${path}.`);
