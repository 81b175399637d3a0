// What a training run tells while it works, and how it ends.
import type { Defect, DefectKind } from "../data/defects.js";
import type { CollapseVerdict } from "./collapse-monitor.js";

/** Everything that can be told, told apart by `type`. */
export type TrainingEvent =
  | {
      readonly type: "reading";
      readonly part: "train" | "dev" | "noise";
      readonly done: number;
      readonly total: number;
    }
  | {
      /** A frozen encoder makes the rows that training needs of each recording. */
      readonly type: "encoding";
      readonly part: "train" | "dev";
      readonly done: number;
      readonly total: number;
    }
  | { readonly type: "defect"; readonly part: "train" | "dev"; readonly defect: Defect }
  | {
      readonly type: "data";
      readonly part: "train" | "dev";
      readonly clips: number;
      readonly seconds: number;
      readonly defects: Partial<Record<DefectKind, number>>;
    }
  | {
      readonly type: "start";
      /** Updates done before, 0 in a new run. */
      readonly update: number;
      readonly parameters: number;
      readonly trained: number;
    }
  | {
      readonly type: "update";
      /** Updates done. */
      readonly update: number;
      readonly updates: number;
      readonly epoch: number;
      readonly rate: number;
      /** Of all gradients, before clipping. */
      readonly norm: number;
      readonly metrics: Readonly<Record<string, number>>;
      /** Wall time of this update, batches included. */
      readonly seconds: number;
      /** Of clips, without padding. */
      readonly audioSeconds: number;
    }
  | {
      readonly type: "evaluation";
      readonly update: number;
      readonly metrics: Readonly<Record<string, number>>;
      readonly isBest: boolean;
      readonly seconds: number;
    }
  | MonitorEvent
  | { readonly type: "checkpoint"; readonly update: number; readonly folder: string };

/** A verdict on the codes of pre-training. */
export interface MonitorEvent {
  readonly type: "monitor";
  readonly update: number;
  readonly verdict: CollapseVerdict;
}

/** How a run ended. */
export interface TrainingResult {
  readonly update: number;
  readonly reason: "finished" | "patience" | "stopped";
  /** The lowest score on the dev part, and when; absent without evaluation. */
  readonly best?: { readonly update: number; readonly score: number };
  /** The newest checkpoint, a model folder. */
  readonly folder: string;
}

/** A run that cannot go on. */
export class TrainingError extends Error {
  override name = "TrainingError";
}
