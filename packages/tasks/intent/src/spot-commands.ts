// Command words in a long recording, by a classifier of short clips.
import type { Recording } from "@wav2vec/heads";
import type { IntentClassifier } from "./intent-classifier.js";
import { IntentError } from "./intent-error.js";

/** How command words are found. */
export interface SpotOptions {
  /** Least probability. Default 0.8. */
  readonly threshold?: number;
  /** Labels that are no commands. Default those of SUPERB and Google's speech commands: `_silence_` and `_unknown_`. */
  readonly ignore?: readonly string[];
  /** Length of what the classifier was trained on. Default 1. */
  readonly windowSeconds?: number;
  /** From one window to the next. Default a quarter of the window. */
  readonly hopSeconds?: number;
}

/** One command word that was heard; times in seconds. */
export interface SpottedCommand {
  readonly label: string;
  readonly start: number;
  readonly end: number;
  /** The highest of its windows. */
  readonly probability: number;
}

const NO_COMMANDS = ["_silence_", "_unknown_"];

/**
 * Looks at a recording window by window; windows of one command that overlap are one.
 *
 * @param classifier with one group, `intent`
 * @throws AudioError if the recording cannot be read or has less than one frame
 * @throws IntentError if the threshold is no probability, or a label given to be ignored is none of the model's
 */
export async function spotCommands(
  classifier: IntentClassifier<"intent">,
  recording: Recording,
  { threshold = 0.8, ignore, windowSeconds = 1, hopSeconds = windowSeconds / 4 }: SpotOptions = {},
): Promise<SpottedCommand[]> {
  if (!(threshold > 0 && threshold <= 1))
    throw new IntentError(`spot: threshold is ${threshold}; expected a probability above 0, up to 1`);
  const labels = classifier.labels.intent;
  const unknown = ignore?.find((label) => !labels.includes(label));
  if (unknown !== undefined)
    throw new IntentError(
      `spot: "${unknown}" is no label of the model; it has ${labels.join(", ").slice(0, 200)}`,
    );
  const ignored = new Set(ignore ?? NO_COMMANDS);
  const found: SpottedCommand[] = [];
  for await (const { start, end, intent } of classifier.timeline(recording, { windowSeconds, hopSeconds })) {
    const best = intent.intent[0]!; // a model has labels
    if (best.probability < threshold || ignored.has(best.label)) continue;
    const at = found.findLastIndex(({ label }) => label === best.label);
    const last = found[at];
    if (last && start < last.end)
      found[at] = { ...last, end, probability: Math.max(last.probability, best.probability) };
    else found.push({ label: best.label, start, end, probability: best.probability });
  }
  return found;
}
