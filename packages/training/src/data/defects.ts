// What can be wrong with a recording or its transcript, and what is then done.

/** Kinds of bad data. */
export const DEFECTS = [
  "missing-file",
  "broken-audio",
  "no-transcript",
  "no-label",
  "unknown-character",
  "too-many-labels",
  "too-short",
  "too-long",
] as const;
export type DefectKind = (typeof DEFECTS)[number];

/**
 * `skip` leaves the recording out, names and counts it; `stop` ends the run: before training starts, or with a
 * checkpoint when a recording that was good has gone meanwhile.
 */
export type DefectPolicy = Readonly<Record<DefectKind, "skip" | "stop">>;

/** A recording that cannot be used. */
export interface Defect {
  readonly kind: DefectKind;
  /** As the table names it. */
  readonly name: string;
  /** What was found. */
  readonly detail: string;
}

/** A defect whose kind the policy stops at, or one of a recording that was good when the run began. */
export class DefectError extends Error {
  override name = "DefectError";
  constructor(
    readonly defect: Defect,
    /** What is to be done about it. */
    readonly policy: DefectPolicy[DefectKind] = "stop",
  ) {
    super(
      `data: ${defect.name}: ${defect.kind}: ${defect.detail}; repair or remove it, or set data.defects.${defect.kind} to skip`,
    );
  }
}

/** How often each kind occurs; kinds that do not occur are left out. */
export function countDefects(defects: readonly Defect[]): Partial<Record<DefectKind, number>> {
  const counts: Partial<Record<DefectKind, number>> = {};
  for (const { kind } of defects) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
