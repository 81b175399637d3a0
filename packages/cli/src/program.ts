// The commands, their arguments and help. Bodies are loaded only when a command runs.
import { Argument, Command, Option } from "@commander-js/extra-typings";
import { alphaOption, beamOption, betaOption, hotwordOption, lmOption, nbestOption } from "./beam-options.js";
import { registerBenchCommands } from "./bench-commands.js";
import { registerClassifyCommands } from "./classify-commands.js";
import { registerDecodingCommands } from "./decoding-commands.js";
import { registerLanguageCommands } from "./language-commands.js";
import { backendOption, formatNames, modelHelp, threadsOption, wholeNumber } from "./options.js";
import { registerSpeakerCommands } from "./speaker-commands.js";
import { registerTrainingCommands } from "./training-commands.js";
import { version } from "./version.js";

/** Builds the command line; `run` decides what becomes of a command's exit code. */
export function makeProgram(setExitCode: (code: number) => void) {
  const program = new Command("wav2vec")
    .description(
      "Runs wav2vec 2.0 speech models: transcribe recordings, look inside a model, get its features.",
    )
    .version(version)
    .showHelpAfterError("(wav2vec --help shows all commands and options)")
    .configureHelp({ sortSubcommands: false });

  program
    .command("transcribe")
    .description("write down what is said in recordings, with times")
    .argument("<file...>", 'recordings, folders, globs, or "-" for standard input')
    .option("--model <source>", modelHelp)
    .addOption(backendOption())
    .addOption(threadsOption())
    .addOption(
      new Option("--format <name>", "how results are written").choices(formatNames).default("text" as const),
    )
    .option("--out <folder>", "write <stem>.<ending> per recording there instead of to standard output")
    .addOption(
      new Option("--batch-size <count>", "clips computed together; more than 1 pays on a GPU")
        .argParser(wholeNumber("--batch-size"))
        .default(1),
    )
    .option("--language <code>", "language of a model with adapters (MMS), e.g. fra, or auto")
    .option(
      "--identifier <source>",
      "with --language auto: the model that identifies languages, e.g. MMS-LID",
    )
    .addOption(
      new Option("--language-by <what>", "with --language auto: what one language holds for").choices([
        "recording",
        "window",
      ]),
    )
    .option("--offline", "never use the network")
    .option("--quiet", "no progress on the terminal")
    .addOption(beamOption())
    .addOption(nbestOption())
    .addOption(lmOption())
    .addOption(alphaOption())
    .addOption(betaOption())
    .addOption(hotwordOption())
    .action(async (files, options) =>
      setExitCode(await (await import("./commands/transcribe.js")).transcribe(files, options)),
    );

  program
    .command("features")
    .description("write a recording's hidden states and logits as safetensors")
    .argument("<file>", 'recording, or "-" for standard input')
    .option("--model <source>", modelHelp)
    .requiredOption("--out <file>", "safetensors file to write")
    .addOption(backendOption())
    .addOption(threadsOption())
    .option("--offline", "never use the network")
    .action(async (file, options) =>
      setExitCode(await (await import("./commands/features.js")).features(file, options)),
    );

  program
    .command("info")
    .description("say what a model is: architecture, size, vocabulary, front end, and anything odd")
    .addArgument(new Argument("[model]", modelHelp))
    .option("--json", "as JSON")
    .option("--offline", "never use the network")
    .action(async (model, options) =>
      setExitCode(await (await import("./commands/info.js")).info(model, options)),
    );

  program
    .command("doctor")
    .description("say what runs on this machine, and check a model against the reference backend")
    .addArgument(new Argument("[model]", modelHelp))
    .option("--offline", "never use the network")
    .action(async (model, options) =>
      setExitCode(await (await import("./commands/doctor.js")).doctor(model, options)),
    );

  registerLanguageCommands(program, setExitCode);
  registerSpeakerCommands(program, setExitCode);
  registerClassifyCommands(program, setExitCode);
  registerDecodingCommands(program, setExitCode);
  registerTrainingCommands(program, setExitCode);
  registerBenchCommands(program, setExitCode);

  return program;
}
