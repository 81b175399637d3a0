// In the report's page: draws each chart with uPlot, with one cursor over all, in the colours of the scheme.
(() => {
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const isComparison = new Set(charts.flatMap(({ lines }) => lines.map(({ run }) => run))).size > 1;
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const DASHES = [[], [6, 4], [2, 3], [10, 3, 2, 3]];
  const COLOURS = 6;
  const drawn = new Set();

  // A run has its colour when runs are compared, a quantity otherwise.
  const look = ({ run, quantity }) => {
    const [hue, dash] = isComparison ? [run, quantity] : [quantity, 0];
    return {
      stroke: colour(`--line-${hue % COLOURS}`),
      dash: DASHES[(isComparison ? dash : Math.floor(hue / COLOURS)) % DASHES.length],
    };
  };
  const number = (value) =>
    value === null || value === undefined ? "–" : String(Number(value.toPrecision(4)));
  const axis = () => {
    const rule = { stroke: colour("--rule"), width: 1 };
    return { stroke: colour("--faint"), grid: rule, ticks: rule };
  };

  function draw(place) {
    const { lines, unit, isLogarithmic } = charts[Number(place.dataset.chart)];
    // A logarithmic scale has no place for zero.
    const values = lines.map((line) =>
      isLogarithmic ? line.values.map((y) => (y > 0 ? y : null)) : line.values,
    );
    const data = uPlot.join(lines.map(({ updates }, i) => [updates, values[i]]));
    const options = {
      width: place.clientWidth,
      height: 260,
      cursor: { sync: { key: "updates" } },
      scales: { x: { time: false }, y: isLogarithmic ? { distr: 3 } : {} },
      axes: [
        axis(),
        { ...axis(), size: 64, values: (_, ticks) => ticks.map((y) => (y === null ? "" : number(y))) },
      ],
      series: [
        { label: "update" },
        ...lines.map((line) => ({
          label: line.label,
          ...look(line),
          width: 1.5,
          spanGaps: true,
          points: { show: line.updates.length < 40, size: 5 },
          value: (_, y) => `${number(y)}${unit && y !== null ? ` ${unit}` : ""}`,
        })),
      ],
    };
    drawn.add({ place, plot: new uPlot(options, data, place) });
  }

  function drawAll() {
    for (const { plot } of drawn) plot.destroy();
    drawn.clear();
    document.querySelectorAll(".plot").forEach(draw);
  }

  drawAll();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  addEventListener("resize", () => {
    for (const { place, plot } of drawn) plot.setSize({ width: place.clientWidth, height: 260 });
  });
})();
