// Praat's TextGrid: written in the long form, read in both forms.
import { lastTime } from "../timed-text.js";
import { FormatError, makeFormat } from "./format.js";
import { parseTextGrid, timedTextOfTiers } from "./textgrid-parse.js";
import { makeTiers, tile, type Tier } from "./tiers.js";

/**
 * TextGrid: interval tiers that cover the whole recording, empty labels where nothing is said.
 *
 * @see https://www.fon.hum.uva.nl/praat/manual/TextGrid_file_formats.html
 */
export const textgrid = makeFormat("textgrid", {
  extension: ".TextGrid",
  options: ["duration", "tiers"],
  render: (timedText, { duration = lastTime(timedText), tiers: levels } = {}) => {
    if (!(duration >= lastTime(timedText)) || duration === Infinity) {
      const expected = `expected at least ${lastTime(timedText)}, the end of the last segment`;
      throw new FormatError("textgrid", `duration is ${duration} s; ${expected}`);
    }
    const tiers = makeTiers(timedText, levels);
    const head = [
      'File type = "ooTextFile"',
      'Object class = "TextGrid"',
      "",
      "xmin = 0 ",
      `xmax = ${number(duration)} `,
    ];
    const body = tiers.flatMap((tier, i) => renderTier(tier, i + 1, duration));
    return [...head, "tiers? <exists> ", `size = ${tiers.length} `, "item []: ", ...body, ""].join("\n");
  },
  parse: (source) => timedTextOfTiers(parseTextGrid(source)),
});

/** At most 6 decimals, none where there are none to write. */
const number = (seconds: number): string => String(Number(seconds.toFixed(6)));

const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;

function renderTier({ name, spans }: Tier, index: number, duration: number): string[] {
  const intervals = tile(spans, duration);
  return [
    `    item [${index}]:`,
    '        class = "IntervalTier" ',
    `        name = ${quote(name)} `,
    "        xmin = 0 ",
    `        xmax = ${number(duration)} `,
    `        intervals: size = ${intervals.length} `,
    ...intervals.flatMap(({ start, end, text }, i) => [
      `        intervals [${i + 1}]:`,
      `            xmin = ${number(start)} `,
      `            xmax = ${number(end)} `,
      `            text = ${quote(text)} `,
    ]),
  ];
}
