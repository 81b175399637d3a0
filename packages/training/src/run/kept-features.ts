// Head-only training on features that are computed once: a frozen encoder says the same of a recording each time.
import { ctcHead, featureInputs, graph, input, type Backend, type Tensor, type Weights } from "@wav2vec/core";
import { keepRows, type RowOf } from "../classification/classification-data.js";
import { rowSource } from "../classification/output-source.js";
import type { CtcConfig } from "../config/ctc-config.js";
import type { Clips } from "../data/clips.js";
import { createDropout } from "../dropout.js";
import type { CtcSource } from "../trainer/ctc-step.js";
import { TrainingError, type TrainingEvent } from "./events.js";
import type { CtcSetup } from "./train-ctc.js";

/** @throws TrainingError naming what a configuration with `cache` has that changes features from pass to pass */
export function refuseChangingFeatures({ cache, parts, augment, masks, dropout }: CtcConfig): void {
  if (!cache) return;
  const { final: _, ...before } = dropout; // after the features
  const changing = [
    ...(parts === "head" ? [] : [`parts: ${parts}`]),
    ...keysOf("augment", augment),
    ...keysOf("masks", masks),
    ...keysOf("dropout", before),
  ];
  if (changing.length === 0) return;
  throw new TrainingError(
    `cache: features can be kept only while nothing changes them, but there is ${changing.join(", ")}; set parts: head, and the others to 0 or leave them out`,
  );
}

const keysOf = (name: string, values: Readonly<Record<string, unknown>>) =>
  Object.entries(values).flatMap(([key, value]) =>
    value === undefined || value === 0 ? [] : [`${name}.${key}`],
  );

/** Features of the training part as the source of a step. */
export async function keepFeatures<T extends Tensor>(
  config: CtcConfig & { readonly cache: NonNullable<CtcConfig["cache"]> },
  { start, recipe, params }: CtcSetup,
  train: Clips,
  backend: Backend<T>,
  weights: Weights,
  run: { readonly out: string; readonly onEvent: (event: TrainingEvent) => void; readonly signal?: AbortSignal | undefined }, // prettier-ignore
): Promise<{ readonly source: CtcSource; dispose(): void }> {
  const { last } = featureInputs(start.config);
  const kept = input("kept.0", last.shape);
  const dropout = createDropout();
  const logits = ctcHead({ hidden: [], last: dropout.apply(kept, recipe.finalDropout) }, start.config);
  const cut = { first: graph({ "kept.0": last }), outputs: { logits } };
  const isHead = (name: string) => name.startsWith("lm_head.");
  const own = params.filter(({ name }) => name !== "masked_spec_embed"); // nothing is masked
  const rows = await keepRows(config, { start, recipe, params: own, isHead }, cut, backend, weights, run);
  const source = featureSource(logits, await rows.of("train", train), dropout);
  return { source, dispose: () => rows.dispose() };
}

function featureSource(
  logits: CtcSource["logits"],
  rowOf: RowOf,
  dropout: ReturnType<typeof createDropout>,
): CtcSource {
  const rows = rowSource({ outputs: { logits } }, rowOf);
  return {
    logits,
    hidden: [],
    async feeds({ indices = [], names }, random) {
      const host = await rows.feeds({ names, indices, clips: [], targets: [] }, random);
      const [clips, frames] = host["kept.0"]!.shape as readonly [number, number, number]; // as it was kept
      const bindings = new Map([["batch", clips], ["frames", frames]]); // prettier-ignore
      const frameCounts = host["frameCounts"]!.data as Int32Array; // a row source gives it
      return {
        host: { "kept.0": host["kept.0"]!, ...dropout.draw(bindings, random) },
        frameCounts,
        bindings,
      };
    },
  };
}
