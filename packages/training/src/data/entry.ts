// One recording of a data set as its table names it, before anything is read.

/** A line of a data set. */
export interface Entry {
  /** Absolute path of the recording. */
  readonly path: string;
  /** How messages and logs call it: the name in the table. */
  readonly name: string;
  /** What is said; absent in unlabelled data. */
  readonly text?: string;
  /** Class of the whole recording, such as a language. */
  readonly label?: string;
  readonly speaker?: string;
  /** Part of the data set, e.g. "train" or "dev". */
  readonly split?: string;
  /** How often it comes in an epoch; once if absent. */
  readonly repeat?: number;
  /** All columns of its line, as the table has them; absent where there are none. */
  readonly columns?: Readonly<Record<string, unknown>>;
}

/** A table that says something impossible, or noise that cannot be had; names file and line. */
export class DataError extends Error {
  override name = "DataError";
  constructor(
    readonly file: string,
    /** What is wrong with it. */
    readonly detail: string,
  ) {
    super(`${file}: ${detail}`);
  }
}
