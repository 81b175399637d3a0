// The command that says which language is spoken, with its arguments and help.
import { Option, type Command } from "@commander-js/extra-typings";
import { backendOption, threadsOption, wholeNumber } from "./options.js";

/** Adds the command. */
export function registerLanguageCommands(program: Command, setExitCode: (code: number) => void): void {
  program
    .command("identify-language")
    .description("say which language is spoken in recordings")
    .argument("<file...>", 'recordings, folders, globs, or "-" for standard input')
    .requiredOption("--model <source>", "folder, weight file or Hugging Face id, e.g. facebook/mms-lid-126")
    .addOption(
      new Option("--top <count>", "languages to tell, most likely first (default: 5)").argParser(
        wholeNumber("--top"),
      ),
    )
    .option("--candidates <list>", "only these may be spoken: codes or English names, e.g. fra,de,English")
    .option("--timeline", "stretches of one language instead of the languages of the whole")
    .addOption(
      new Option("--format <name>", "how results are written")
        .choices(["text", "json"])
        .default("text" as const),
    )
    .addOption(backendOption())
    .addOption(threadsOption())
    .option("--offline", "never use the network")
    .option("--quiet", "no progress on the terminal")
    .action(async (files, options) =>
      setExitCode(await (await import("./commands/identify-language.js")).identifyLanguage(files, options)),
    );
}
