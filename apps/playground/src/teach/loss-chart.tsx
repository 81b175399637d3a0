// How the loss falls, as a line.

const [WIDTH, HEIGHT, MARGIN] = [600, 120, 6];

/** @param losses one for each update, the newest last */
export function LossChart({ losses, goal }: { readonly losses: readonly number[]; readonly goal: number }) {
  const top = Math.max(...losses, 0.1);
  const x = (i: number) =>
    MARGIN + (i * (WIDTH - 2 * MARGIN)) / Math.max(1, Math.max(goal, losses.length) - 1);
  const y = (loss: number) => HEIGHT - MARGIN - (Math.max(0, loss) / top) * (HEIGHT - 2 * MARGIN);
  const points = losses.map((loss, i) => `${x(i).toFixed(1)},${y(loss).toFixed(1)}`).join(" ");
  const [first, last] = [losses[0] ?? 0, losses.at(-1) ?? 0];
  return (
    <figure class="loss">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Loss over ${losses.length} updates, from ${first.toFixed(2)} to ${last.toFixed(2)}`}
      >
        <line x1={0} x2={WIDTH} y1={y(0)} y2={y(0)} class="axis" />
        <polyline points={points} />
      </svg>
      <figcaption>
        Update {losses.length} of {goal}: loss {last.toFixed(2)} (it began at {first.toFixed(2)}; 0 is by
        heart)
      </figcaption>
    </figure>
  );
}
