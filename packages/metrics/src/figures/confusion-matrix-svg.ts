// A confusion matrix as a picture.
import { classificationScores, type ConfusionMatrix } from "../classification.js";
import { round, svgFigure, svgText } from "./svg-figure.js";

const CELL = 44;
const CHARACTER = 7; // about the width of one at 12 px
const MARGIN = 12;
const LONGEST_LABEL = 24;

/**
 * Draws a confusion matrix: a row for each class, the shade of a cell its share of the row, counts written in.
 *
 * @param options.title default "Confusion matrix"
 * @returns SVG text with a title and description for screen readers, readable on light and dark pages
 */
export function confusionMatrixSvg(
  matrix: ConfusionMatrix,
  { title = "Confusion matrix" }: { readonly title?: string } = {},
): string {
  const { labels, counts } = matrix;
  const names = labels.map((label) =>
    label.length > LONGEST_LABEL ? `${label.slice(0, LONGEST_LABEL - 1)}…` : label,
  );
  const labelWidth = Math.max(...names.map(({ length }) => length)) * CHARACTER + MARGIN;
  const [left, top] = [labelWidth + 28, labelWidth + 52];
  const size = labels.length * CELL;
  const center = (i: number) => (i + 0.5) * CELL;

  const body = [
    svgText(title, { x: MARGIN, y: 18, style: "bold", anchor: "start" }),
    svgText("predicted", { x: left + size / 2, y: 38, style: "muted" }),
    svgText("actual", { x: 16, y: top + size / 2, style: "muted", turn: -90 }),
    ...names.flatMap((name, i) => [
      svgText(name, { x: left - 8, y: top + center(i), anchor: "end" }),
      svgText(name, { x: left + center(i), y: top - 8, anchor: "start", turn: -90 }),
    ]),
    ...counts.flatMap((row, i) => {
      const total = row.reduce((a, b) => a + b, 0);
      return row.map((count, j) =>
        cell(left + j * CELL, top + i * CELL, count, total === 0 ? 0 : count / total),
      );
    }),
    `<rect class="grid" x="${left}" y="${top}" width="${size}" height="${size}"/>`,
  ];
  const width = Math.max(left + size + MARGIN, title.length * CHARACTER + 2 * MARGIN);
  return svgFigure({ title, description: describe(matrix), width, height: top + size + MARGIN }, body);
}

function cell(x: number, y: number, count: number, share: number): string {
  const square = `<rect class="cell" x="${x}" y="${y}" width="${CELL}" height="${CELL}" opacity="${round(share)}"/>`;
  const style = count === 0 ? "muted" : share > 0.7 ? "on-cell" : "ink";
  const text = `<text class="${style}" x="${x + CELL / 2}" y="${y + CELL / 2}" text-anchor="middle" dominant-baseline="central">${count}</text>`;
  return square + text;
}

function describe(matrix: ConfusionMatrix): string {
  const { accuracy, classes } = classificationScores(matrix);
  const recalls = classes
    .filter(({ support }) => support > 0)
    .map(({ label, recall, support }) => `${label} ${percent(recall)} of ${support}`);
  const worst = matrix.labels
    .flatMap((label, i) =>
      matrix.labels.map((other, j) => ({ label, other, count: i === j ? 0 : matrix.counts[i]![j]! })),
    )
    .reduce((a, b) => (b.count > a.count ? b : a));
  const confusion =
    worst.count === 0
      ? "Nothing was confused."
      : `Most often confused: ${worst.label} taken for ${worst.other}, ${worst.count} times.`;
  return `${percent(accuracy)} right. Recall: ${recalls.join(", ")}. ${confusion}`;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
