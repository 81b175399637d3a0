// Progress on a terminal: bars on standard error, nothing when it is not a terminal.
import { MultiBar, Presets } from "cli-progress";

/** One line of progress. */
export interface ProgressLine {
  /**
   * `total` may become known, or grow, on the way.
   *
   * @param note said at the end of the line
   */
  update(done: number, total: number | undefined, note?: string): void;
  /** Removes the line. */
  end(): void;
}

/** All lines of a command. */
export interface Progress {
  line(name: string, unit: string): ProgressLine;
  /** Prints a message above the lines. */
  message(text: string): void;
  stop(): void;
}

/** Bars on standard error if it is a terminal; otherwise messages only. */
export function terminalProgress(quiet: boolean): Progress {
  if (quiet || !process.stderr.isTTY) {
    const silent: ProgressLine = { update: () => undefined, end: () => undefined };
    return {
      line: () => silent,
      message: (text) => void process.stderr.write(`${text}\n`),
      stop: () => undefined,
    };
  }
  const bars = new MultiBar(
    {
      format: "{bar} {percentage}% {name} {value}/{total} {unit} {note}",
      clearOnComplete: true,
      hideCursor: true,
      stream: process.stderr,
      forceRedraw: true,
    },
    Presets.shades_classic,
  );
  return {
    line(name, unit) {
      const bar = bars.create(1, 0, { name, unit, note: "" });
      return {
        update(done, total, note = "") {
          bar.setTotal(Math.round(Math.max(total ?? 0, done, 1)));
          bar.update(Math.round(done), { note });
        },
        end: () => void bars.remove(bar),
      };
    },
    message: (text) => bars.log(`${text}\n`),
    stop: () => bars.stop(),
  };
}
