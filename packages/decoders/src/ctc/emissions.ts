// What a CTC network says: log-probabilities of every symbol in every frame, and the checks every decoder makes on them.

/** Row-major natural logs of probabilities, `[frames, symbols]`; −Infinity is allowed, NaN is not. */
export interface Emissions {
  readonly data: Float32Array | Float64Array;
  readonly frames: number;
  readonly symbols: number;
}

/** Emissions that no decoder can use; `frame` and `symbol` say where, −1 where it is not one place. */
export class EmissionsError extends Error {
  override name = "EmissionsError";
  constructor(
    message: string,
    readonly frame = -1,
    readonly symbol = -1,
  ) {
    super(message);
  }
}

/**
 * Refuses what would give a silently wrong text: a length that does not fit the shape, NaN, +Infinity, frames without
 * any possible symbol.
 *
 * @throws EmissionsError
 */
export function checkEmissions({ data, frames, symbols }: Emissions, expectedSymbols?: number): void {
  if (
    !Number.isInteger(frames) ||
    !Number.isInteger(symbols) ||
    frames < 0 ||
    symbols < 1 ||
    data.length !== frames * symbols
  ) {
    throw new EmissionsError(
      `emissions: ${data.length} values for ${frames} frames of ${symbols} symbols; expected frames × symbols values`,
    );
  }
  if (expectedSymbols !== undefined && symbols !== expectedSymbols) {
    throw new EmissionsError(
      `emissions: ${symbols} symbols a frame; the vocabulary has ${expectedSymbols}; do model and vocabulary belong together?`,
    );
  }
  for (let frame = 0, at = 0; frame < frames; frame++) {
    let best = -Infinity;
    for (let symbol = 0; symbol < symbols; symbol++, at++) {
      const value = data[at]!;
      if (value > best) best = value;
      else if (value !== value)
        throw new EmissionsError(
          `emissions: NaN at frame ${frame}, symbol ${symbol}; check the model's output`,
          frame,
          symbol,
        );
    }
    if (best === -Infinity || best === Infinity) {
      throw new EmissionsError(
        `emissions: the largest value of frame ${frame} is ${best}; expected a finite log-probability`,
        frame,
      );
    }
  }
}

/**
 * Makes log-probabilities of any scores by a log-softmax over each frame, in float64.
 *
 * @param floor probabilities below this are raised to it (pyctcdecode uses 1e-15)
 */
export function normaliseEmissions({ data, frames, symbols }: Emissions, { floor = 0 } = {}): Emissions {
  const result = new Float64Array(data.length);
  const lowest = Math.log(floor);
  for (let at = 0; at < data.length; at += symbols) {
    let best = -Infinity;
    for (let i = at; i < at + symbols; i++) best = Math.max(best, data[i]!);
    let sum = 0;
    for (let i = at; i < at + symbols; i++) sum += Math.exp(data[i]! - best);
    const norm = best + Math.log(sum);
    for (let i = at; i < at + symbols; i++) result[i] = Math.min(0, Math.max(lowest, data[i]! - norm));
  }
  return { data: result, frames, symbols };
}
