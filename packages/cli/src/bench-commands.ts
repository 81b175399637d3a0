// The commands of benchmarks, with their arguments and help: bench superb.
import type { Command } from "@commander-js/extra-typings";
import { backendOption, threadsOption } from "./options.js";

/** Adds the commands. */
export function registerBenchCommands(program: Command, setExitCode: (code: number) => void): void {
  program
    .command("bench")
    .description("measure what a model is good for")
    .command("superb")
    .description("probe a frozen encoder with light heads on a list of tasks, beside baselines without it")
    .argument(
      "<tasks>",
      "YAML file that lists tasks and their configurations; paths in it start at its folder",
    )
    .requiredOption("--model <source>", "encoder: folder or Hugging Face id")
    .requiredOption("--out <folder>", "for results.md, results.json, and what is computed once")
    .option("--only <names>", "some tasks of the list, separated by commas")
    .option("--encoders <names>", "some of frozen,fine-tuned,random,mfcc")
    .addOption(backendOption())
    .addOption(threadsOption())
    .option("--quiet", "no progress on the terminal")
    .action(async (tasks, options) =>
      setExitCode(await (await import("./commands/bench-superb.js")).benchSuperb(tasks, options)),
    );
}
