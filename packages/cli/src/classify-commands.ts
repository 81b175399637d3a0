// The commands that say what a recording is or which words are in it: classify, keywords.
import { Option, type Command } from "@commander-js/extra-typings";
import { anyNumber, backendOption, modelHelp, threadsOption, wholeNumber } from "./options.js";

const jsonOption = () =>
  new Option("--format <name>", "how results are written").choices(["text", "json"]).default("text" as const);

/** Adds the commands. */
export function registerClassifyCommands(program: Command, setExitCode: (code: number) => void): void {
  program
    .command("classify")
    .description("say what recordings are: emotion, intent, command word, whatever the model was trained for")
    .argument("<file...>", 'recordings, folders, globs, or "-" for standard input')
    .requiredOption(
      "--model <source>",
      "classifier or dimensions (audeering's layout): folder, weight file or Hugging Face id",
    )
    .option("--groups <list>", "labels in groups, e.g. action=6,object=14,location=4 (SUPERB's intents)")
    .addOption(
      new Option("--top <count>", "labels to tell, most likely first (default: 1)").argParser(
        wholeNumber("--top"),
      ),
    )
    .addOption(
      new Option("--window <seconds>", "follow the recording in windows of this length").argParser(
        anyNumber("--window"),
      ),
    )
    .addOption(
      new Option("--hop <seconds>", "from window to window (default: the window)").argParser(
        anyNumber("--hop"),
      ),
    )
    .addOption(jsonOption())
    .addOption(backendOption())
    .addOption(threadsOption())
    .option("--offline", "never use the network")
    .option("--quiet", "no progress on the terminal")
    .action(async (files, options) =>
      setExitCode(await (await import("./commands/classify.js")).classify(files, options)),
    );

  program
    .command("keywords")
    .description("find words in recordings of any length, with times, by any recogniser of speech")
    .argument("<file...>", 'recordings, folders, globs, or "-" for standard input')
    .requiredOption("--find <words...>", "words to find; several words in quotation marks are one keyword")
    .option("--model <source>", modelHelp)
    .addOption(
      new Option("--threshold <number>", "least confidence, up to 1")
        .argParser(anyNumber("--threshold"))
        .default(0.5),
    )
    .option("--inside-words", "a keyword may also be a part of a longer word")
    .addOption(jsonOption())
    .addOption(backendOption())
    .addOption(threadsOption())
    .option("--offline", "never use the network")
    .option("--quiet", "no progress on the terminal")
    .action(async (files, options) =>
      setExitCode(await (await import("./commands/keywords.js")).keywords(files, options)),
    );
}
