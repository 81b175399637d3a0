// Which quantities of runs are drawn together, under which title and on which scale.
import type { RunRecord, Series } from "./read-run.js";

/** One plot. */
export interface Chart {
  readonly title: string;
  /** Unit of the vertical axis; absent for pure numbers. */
  readonly unit?: string;
  readonly isLogarithmic: boolean;
  readonly lines: readonly ChartLine[];
}

/** One line of a plot. */
export interface ChartLine extends Series {
  readonly label: string;
  /** Index of the run among those compared, and of the quantity in the chart: they choose colour and dashes. */
  readonly run: number;
  readonly quantity: number;
}

interface Drawn {
  readonly title: string;
  readonly unit?: string;
  readonly scale?: number;
  readonly isLogarithmic?: boolean;
  /** Keys of `RunRecord.series`. */
  readonly keys: readonly string[];
}

/** Of a classifier, or of the choice among negatives. */
const ACCURACY = "Accuracy";

/** In the order of the page. What is not named here gets a chart of its own at the end. */
const CHARTS: readonly Drawn[] = [
  { title: "Loss", keys: ["train loss", "dev loss"] },
  { title: "Error rates on the dev part", unit: "%", scale: 100, keys: ["dev wer", "dev cer"] },
  { title: "Learning rate", keys: ["train rate"] },
  { title: "Gradient norm", isLogarithmic: true, keys: ["train norm"] },
  { title: "Perplexity of codes and of their softmax", keys: ["train codePerplexity", "train probPerplexity", "dev codePerplexity", "dev probPerplexity"] }, // prettier-ignore
  { title: ACCURACY, unit: "%", scale: 100, keys: ["train accuracy", "dev accuracy"] },
  { title: "Negatives equal to the positive", unit: "%", scale: 100, keys: ["train identicalShare", "dev identicalShare"] }, // prettier-ignore
  { title: "Seconds of an update", unit: "s", keys: ["train seconds"] },
  { title: "Seconds of an evaluation", unit: "s", keys: ["dev seconds"] },
];
const UNITS: Readonly<Record<string, string>> = { audioSeconds: "s" };

/** Points of one line at most; longer ones become means of neighbours. */
const MOST_POINTS = 1000;

/** The charts that these runs have something for. */
export function chartsOf(runs: readonly RunRecord[]): Chart[] {
  const isContrastive = runs.every(({ series }) => series.has("train contrastive"));
  const named = new Set(CHARTS.flatMap(({ keys }) => keys));
  const others = [...new Set(runs.flatMap(({ series }) => [...series.keys()]))].filter((key) => !named.has(key)); // prettier-ignore
  const metrics = [...new Set(others.map((key) => key.slice(key.indexOf(" ") + 1)))];
  const rest = metrics.map((metric): Drawn => {
    const unit = UNITS[metric];
    const keys = ["train", "dev"].map((part) => `${part} ${metric}`).filter((key) => !named.has(key));
    return { title: titleOf(metric), ...(unit !== undefined && { unit }), keys };
  });
  return [...CHARTS, ...rest].flatMap((drawn) => {
    const lines = linesOf(drawn, runs);
    if (lines.length === 0) return [];
    const { unit, isLogarithmic = false } = drawn;
    const title = isContrastive && drawn.title === ACCURACY ? "Contrastive accuracy" : drawn.title;
    return [{ title, isLogarithmic, lines, ...(unit !== undefined && { unit }) }];
  });
}

function linesOf({ keys, scale = 1 }: Drawn, runs: readonly RunRecord[]): ChartLine[] {
  return runs.flatMap(({ name, series }, run) =>
    keys.flatMap((key, quantity) => {
      const found = series.get(key);
      if (!found) return [];
      const { updates, values } = thinned(found);
      const label = runs.length > 1 ? `${name}: ${key}` : key;
      return [{ label, run, quantity, updates, values: values.map((value) => value * scale) }];
    }),
  );
}

/** Means of equally many neighbours, each at its last update. */
export function thinned({ updates, values }: Series, most = MOST_POINTS): Series {
  const width = Math.ceil(values.length / most);
  if (width <= 1) return { updates, values };
  const ends = Array.from({ length: Math.ceil(values.length / width) }, (_, i) => Math.min((i + 1) * width, values.length)); // prettier-ignore
  const meanUpTo = (end: number, i: number) => {
    const own = values.slice(i * width, end);
    return own.reduce((sum, value) => sum + value, 0) / own.length;
  };
  return { updates: ends.map((end) => updates[end - 1]!), values: ends.map(meanUpTo) }; // end <= length
}

/** `identicalShare` as a person writes it. */
function titleOf(metric: string): string {
  const words = metric.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
