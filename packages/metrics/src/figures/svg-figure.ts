// What every figure has: a title and a description for those who cannot see it, and colours for light and dark pages.

/**
 * A figure as SVG text, to be written to a file or put into a page.
 *
 * @param title what it shows, in a few words
 * @param description what can be seen in it, in a sentence or two: screen readers read it
 * @param body elements, styled with the classes `ink`, `muted`, `grid`, `cell` and `line`
 */
export function svgFigure(
  {
    title,
    description,
    width,
    height,
  }: { title: string; description: string; width: number; height: number },
  body: readonly string[],
): string {
  return `<svg class="wav2vec-figure" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(title)}">
<title>${escapeXml(title)}</title>
<desc>${escapeXml(description)}</desc>
<style>${STYLE}</style>
<rect class="paper" width="${width}" height="${height}"/>
${body.join("\n")}
</svg>
`;
}

/** Text of a figure. */
export function svgText(text: string, { x, y, style = "ink", anchor = "middle", turn }: TextPlace): string {
  const turned = turn === undefined ? "" : ` transform="rotate(${turn} ${round(x)} ${round(y)})"`;
  return `<text class="${style}" x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" dominant-baseline="central"${turned}>${escapeXml(text)}</text>`;
}

/** Where text stands. */
export interface TextPlace {
  readonly x: number;
  readonly y: number;
  readonly style?: "ink" | "muted" | "bold";
  readonly anchor?: "start" | "middle" | "end";
  /** Degrees, clockwise. */
  readonly turn?: number;
}

/** Two decimals are enough for the eye. */
export const round = (x: number): number => Math.round(x * 100) / 100;

const escapeXml = (text: string): string =>
  text
    .replace(CONTROLS, "�")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");

/** What XML 1.0 cannot hold. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/** One hue, told apart by lightness, so that it reads in print and with any colour vision. */
interface Colours {
  readonly paper: string;
  readonly ink: string;
  readonly muted: string;
  readonly grid: string;
  readonly hue: string;
  readonly onHue: string;
}

// Rules without variables or nesting, which programs that are no browsers do not know.
const rules = ({ paper, ink, muted, grid, hue, onHue }: Colours): string =>
  [
    `.paper{fill:${paper}}`,
    `.ink,.bold{fill:${ink}}`,
    `.muted{fill:${muted}}`,
    `.cell,.mark{fill:${hue}}`,
    `.on-cell{fill:${onHue}}`,
    `.grid{stroke:${grid};fill:none}`,
    `.line{stroke:${hue};fill:none}`,
  ]
    .join("")
    .replace(/\.(?=[a-z-]+[,{])/g, ".wav2vec-figure .");

const LIGHT = {
  paper: "#fff",
  ink: "#1a1a1a",
  muted: "#5c5c5c",
  grid: "#d9d9d9",
  hue: "#0b5cad",
  onHue: "#fff",
};
const DARK = {
  paper: "#161616",
  ink: "#f0f0f0",
  muted: "#a8a8a8",
  grid: "#3a3a3a",
  hue: "#6db3f2",
  onHue: "#10202e",
};

const STYLE = `.wav2vec-figure{font:12px system-ui,sans-serif}.wav2vec-figure .bold{font-weight:600}${rules(LIGHT)}@media(prefers-color-scheme:dark){${rules(DARK)}}`;
