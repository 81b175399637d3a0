// Mistakes in how a command was called, told apart from failures of the work itself.

/** The command line asks for something that cannot be; exit code 2. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** Exit codes: all done; some or all of the work failed; the command line is wrong. */
export const exitCodes = { done: 0, failed: 1, usage: 2 } as const;

/** The text of an error for a person: its message alone, on as many lines as it has. */
export function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
