// A DET curve as a picture: misses against false alarms, on scales that make normally distributed scores a line.
import { equalErrorRate, operatingPoints, type OperatingPoint, type Trial } from "../detection.js";
import { MetricsError } from "../metrics-error.js";
import { normalQuantile } from "./normal-quantile.js";
import { round, svgFigure, svgText } from "./svg-figure.js";

/** One system's trials. */
export interface DetSeries {
  /** What it is called in the legend. */
  readonly name: string;
  readonly trials: readonly Trial[];
}

const SIDE = 360;
const [LEFT, TOP] = [64, 36];
const SHARES = [0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9];
const [LEAST, MOST] = [0.0005, 0.95];
const DASHES = ["none", "7 4", "2 3", "9 3 2 3"];
const MOST_SERIES = DASHES.length;

/**
 * Draws the DET curves of one to four systems, with a mark at each equal error rate. Rates below 0.05 % and above 95 %
 * are drawn at the edge.
 *
 * @param options.title default "DET curve"
 * @returns SVG text with a title and description for screen readers, readable on light and dark pages
 * @throws MetricsError as operatingPoints, and without series or for more than four
 * @see Martin et al. 1997, "The DET curve in assessment of detection task performance"
 */
export function detCurveSvg(
  series: readonly DetSeries[],
  { title = "DET curve" }: { readonly title?: string } = {},
): string {
  if (series.length === 0 || series.length > MOST_SERIES)
    throw new MetricsError(`detCurveSvg: got ${series.length} series; expected 1 to ${MOST_SERIES}`);
  const rates = series.map(({ trials }) => equalErrorRate(trials).rate);
  const bottom = TOP + SIDE;
  const body = [
    svgText(title, { x: LEFT, y: 16, style: "bold", anchor: "start" }),
    ...SHARES.flatMap((share) => {
      const [x, y] = [place(share), TOP + SIDE - (place(share) - LEFT)].map(round);
      return [
        `<path class="grid" d="M${x} ${TOP}V${bottom}M${LEFT} ${y}H${LEFT + SIDE}"/>`,
        svgText(percent(share), { x: x!, y: bottom + 12, style: "muted" }), // both were computed above
        svgText(percent(share), { x: LEFT - 6, y: y!, style: "muted", anchor: "end" }), // as above
      ];
    }),
    `<rect class="grid" x="${LEFT}" y="${TOP}" width="${SIDE}" height="${SIDE}"/>`,
    svgText("false alarms (%)", { x: LEFT + SIDE / 2, y: bottom + 30, style: "muted" }),
    svgText("misses (%)", { x: 16, y: TOP + SIDE / 2, style: "muted", turn: -90 }),
    ...series.flatMap(({ name, trials }, i) => {
      const y = bottom + 54 + 18 * i;
      return [
        `<path class="line" stroke-width="2" stroke-dasharray="${DASHES[i]!}" d="${path(operatingPoints(trials))}"/>`,
        `<circle class="mark" cx="${round(place(rates[i]!))}" cy="${round(mirror(place(rates[i]!)))}" r="4"/>`,
        `<path class="line" stroke-width="2" stroke-dasharray="${DASHES[i]!}" d="M${LEFT} ${y}h36"/>`,
        svgText(`${name}: EER ${(100 * rates[i]!).toFixed(2)} %`, { x: LEFT + 44, y, anchor: "start" }),
      ];
    }),
  ];
  const description = `Miss rate against false alarm rate. Equal error rates: ${series
    .map(({ name }, i) => `${name} ${(100 * rates[i]!).toFixed(2)} %`)
    .join(", ")}. Curves nearer to the lower left corner are better.`;
  const height = bottom + 54 + 18 * series.length;
  return svgFigure({ title, description, width: LEFT + SIDE + 24, height }, body);
}

/** x of a share; y is its mirror image. */
function place(share: number): number {
  const [low, high] = [normalQuantile(LEAST), normalQuantile(MOST)];
  const inside = Math.min(MOST, Math.max(LEAST, share));
  return LEFT + ((normalQuantile(inside) - low) / (high - low)) * SIDE;
}

const mirror = (x: number): number => TOP + SIDE - (x - LEFT);

/** The points joined; of runs that fall on one pixel only the ends. */
function path(points: readonly OperatingPoint[]): string {
  const places = points.map(
    ({ falseAlarmRate, missRate }) => [round(place(falseAlarmRate)), round(mirror(place(missRate)))] as const,
  );
  const kept = places.filter((at, i) => {
    const [before, after] = [places[i - 1], places[i + 1]];
    const same = (axis: 0 | 1) => before?.[axis] === at[axis] && after?.[axis] === at[axis];
    return !same(0) && !same(1);
  });
  return kept.map(([x, y], i) => `${i === 0 ? "M" : "L"}${x} ${y}`).join("");
}

const percent = (share: number): string => String(round(100 * share));
