// `wav2vec eval`: what was recognised against what was said, and when.
import {
  boundaryErrors,
  compareTexts,
  confusions,
  errorRates,
  type BoundaryErrors,
  type ErrorRates,
  type TextUnit,
} from "@wav2vec/decoders";
import { bootstrapInterval } from "@wav2vec/metrics";
import { pairTimes, readPairs, type EvalPair } from "../eval-files.js";
import { exitCodes } from "../usage-error.js";

/** Options of the command, as the command line gives them. */
export interface EvalOptions {
  readonly normalise?: true;
  readonly confusions: number;
  readonly json?: true;
}

/** One kind of error rate over all pairs. */
interface Rate extends ErrorRates {
  /** 95 % of resampled sets of utterances lie within; null with one utterance, which says nothing of others. */
  readonly interval: { readonly low: number; readonly high: number } | null;
}

/** @returns the exit code; errors are thrown */
export async function evaluate(
  referencePath: string,
  hypothesisPath: string,
  options: EvalOptions,
): Promise<number> {
  const pairs = await readPairs(referencePath, hypothesisPath);
  const normalise = options.normalise ? plain : (text: string) => text;
  const words = rateOf(pairs, "words", normalise);
  const result = {
    utterances: pairs.length,
    wer: words.rate,
    cer: rateOf(pairs, "characters", normalise).rate,
    confusions: confusions(words.compared).slice(0, options.confusions),
    ...timesOf(pairs, normalise),
  };
  process.stdout.write(options.json ? `${JSON.stringify(result, null, 2)}\n` : table(result));
  return exitCodes.done;
}

function rateOf(pairs: readonly EvalPair[], unit: TextUnit, normalise: (text: string) => string) {
  const compared = compareTexts(pairs, { unit, normalise });
  return { compared, rate: { ...errorRates(compared), interval: intervalOf(compared) } satisfies Rate };
}

function intervalOf(compared: ReturnType<typeof compareTexts>): Rate["interval"] {
  if (compared.length < 2) return null;
  const { low, high } = bootstrapInterval(compared, (some) => errorRates(some).rate);
  return { low, high };
}

/** Without case, punctuation and the differences that Unicode allows for one text; apostrophes in words stay. */
function plain(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[’ʼ]/gu, "'")
    .replace(/(?!(?<=[\p{L}\p{N}])'(?=[\p{L}\p{N}]))\p{P}/gu, " ")
    .replace(/\s+/gu, " ")
    .trim();
}

interface Times {
  readonly starts: BoundaryErrors;
  readonly ends: BoundaryErrors;
  /** Words of the reference that no word of the hypothesis equals. */
  readonly unmatched: number;
}

/** Differences of times, where both sides have them. */
function timesOf(pairs: readonly EvalPair[], normalise: (text: string) => string): { times?: Times } {
  const timed = pairTimes(pairs, normalise);
  if (timed.length === 0) return {};
  return {
    times: {
      starts: boundaryErrors(timed.flatMap(({ starts }) => starts)),
      ends: boundaryErrors(timed.flatMap(({ ends }) => ends)),
      unmatched: timed.reduce((sum, { unmatched }) => sum + unmatched, 0),
    },
  };
}

interface Result {
  readonly utterances: number;
  readonly wer: Rate;
  readonly cer: Rate;
  readonly confusions: readonly {
    readonly reference: string | null;
    readonly hypothesis: string | null;
    readonly count: number;
  }[];
  readonly times?: Times;
}

function table({ utterances, wer, cer, confusions: errors, times }: Result): string {
  const percent = (share: number) => `${(share * 100).toFixed(2)} %`;
  const row = (name: string, rate: Rate) => {
    const { hits, substitutions, deletions, insertions, interval } = rate;
    const range = interval ? `  [${percent(interval.low)}, ${percent(interval.high)}]` : "";
    const total = hits + substitutions + deletions;
    return `${name}  ${percent(rate.rate)}${range}  ${substitutions} substituted, ${deletions} deleted, ${insertions} inserted of ${total}\n`;
  };
  const milliseconds = (seconds: number) => `${(seconds * 1000).toFixed(1)} ms`;
  const edge = (name: string, errors: BoundaryErrors) => {
    const shares = ([10, 25, 50, 100] as const).map(
      (limit) => `${percent(errors.within[limit])} ≤ ${limit} ms`,
    );
    return `${name}  ${milliseconds(errors.meanAbsolute)} off on average, ${milliseconds(errors.bias)} bias; ${shares.join(", ")}\n`;
  };
  return [
    `${utterances} utterance${utterances === 1 ? "" : "s"}; in brackets 95 % of resampled sets\n`,
    row("WER", wer),
    row("CER", cer),
    times ? edge("starts", times.starts) + edge("ends  ", times.ends) : "",
    times && times.unmatched > 0 ? `${times.unmatched} words without a partner have no times compared\n` : "",
    ...errors.map(
      ({ reference, hypothesis, count }) =>
        `${String(count).padStart(5)}  ${reference ?? "(nothing)"} → ${hypothesis ?? "(nothing)"}\n`,
    ),
  ].join("");
}
