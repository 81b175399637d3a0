// Runs the command line: errors to standard error in one line, an exit code that tells what kind.
import { CommanderError } from "@commander-js/extra-typings";
import { makeProgram } from "./program.js";
import { describeError, exitCodes, UsageError } from "./usage-error.js";

/**
 * Runs one command.
 *
 * @param args what follows the command's name
 * @returns the exit code: 0 done, 1 some work failed, 2 the command line is wrong
 */
export async function main(args: readonly string[]): Promise<number> {
  let code: number = exitCodes.done;
  const program = makeProgram((value) => {
    code = value;
  });
  for (const command of [
    program,
    ...program.commands,
    ...program.commands.flatMap(({ commands }) => commands),
  ])
    command.exitOverride();
  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage; // commander has printed it
    process.stderr.write(`wav2vec: ${describeError(error)}\n`);
    return error instanceof UsageError ? exitCodes.usage : exitCodes.failed;
  }
}
