// The commands about who speaks, with their arguments and help: diarize, speaker verify, enrol, identify and others.
import { Option, type Command } from "@commander-js/extra-typings";
import { anyNumber, backendOption, formatNames, threadsOption, wholeNumber } from "./options.js";

const embedderHelp =
  "x-vector model: folder, weight file or Hugging Face id, e.g. anton-l/wav2vec2-base-superb-sv";

const pooledLayerOption = () =>
  new Option(
    "--pooled-layer <layer>",
    "for a model without an x-vector head: pool this layer; no one trained it to tell voices",
  ).argParser(wholeNumber("--pooled-layer", 0));

const cohortOption = () =>
  new Option(
    "--cohort <source>",
    "normalise scores (s-norm) against voices of other people: a folder or glob with one recording of each, or a store that speaker enrol wrote",
  );

const cohortTopOption = () =>
  new Option(
    "--cohort-top <count>",
    "only the so many most similar voices of the cohort count for a recording (adaptive s-norm; default: all)",
  ).argParser(wholeNumber("--cohort-top", 2));

const jsonOption = () =>
  new Option("--format <name>", "how results are written").choices(["text", "json"]).default("text" as const);

/** Adds the commands. */
export function registerSpeakerCommands(program: Command, setExitCode: (code: number) => void): void {
  program
    .command("diarize")
    .description("say who speaks when, and with --asr who says what")
    .argument("<file...>", 'recordings, folders, globs, or "-" for standard input')
    .requiredOption("--model <source>", `frame-level diarizer, or ${embedderHelp}`)
    .addOption(
      new Option("--speakers <count>", "how many speak")
        .argParser(wholeNumber("--speakers"))
        .conflicts("threshold"),
    )
    .addOption(
      new Option(
        "--threshold <number>",
        "least cosine within a voice (x-vectors), or least probability of speech (frame-level, default: 0.5)",
      ).argParser(anyNumber("--threshold")),
    )
    .option("--asr <source>", "also transcribe with this CTC model, and say whose each word is")
    .addOption(
      new Option("--format <name>", "rttm and json; with --asr also those of transcribe")
        .choices(formatNames)
        .default("rttm" as const),
    )
    .option("--out <folder>", "write <stem>.<ending> per recording there instead of to standard output")
    .addOption(pooledLayerOption())
    .addOption(backendOption())
    .addOption(threadsOption())
    .option("--offline", "never use the network")
    .option("--quiet", "no progress on the terminal")
    .action(async (files, options) =>
      setExitCode(await (await import("./commands/diarize.js")).diarize(files, options)),
    );

  const speaker = program.command("speaker").description("know voices: verify, enrol, identify");
  const command = (name: string) => speaker.command(name);

  command("verify")
    .description("say whether two recordings are of one speaker")
    .argument("<first>", "recording")
    .argument("<second>", "recording")
    .requiredOption("--model <source>", embedderHelp)
    .addOption(
      new Option(
        "--threshold <score>",
        "least score of one speaker: a cosine, with --cohort a normalised score",
      )
        .argParser(anyNumber("--threshold"))
        .conflicts("calibration"),
    )
    .option(
      "--calibration <file>",
      "what speaker calibrate wrote, with the same --cohort or also without one",
    )
    .addOption(cohortOption())
    .addOption(cohortTopOption())
    .addOption(jsonOption())
    .addOption(pooledLayerOption())
    .addOption(backendOption())
    .addOption(threadsOption())
    .option("--offline", "never use the network")
    .action(async (first, second, options) =>
      setExitCode(await (await import("./commands/speaker-verify.js")).speakerVerify(first, second, options)),
    );

  command("calibrate")
    .description("choose a threshold on pairs whose answers are known, and measure the model on them")
    .argument("<trials>", "a pair a line: 1 or 0, and two recordings, relative to the file; 1 is one speaker")
    .requiredOption("--model <source>", embedderHelp)
    .option("--out <file>", "calibration for speaker verify to write, JSON")
    .option("--det <file>", "DET curve to write, SVG")
    .addOption(cohortOption())
    .addOption(cohortTopOption())
    .addOption(pooledLayerOption())
    .addOption(backendOption())
    .addOption(threadsOption())
    .option("--offline", "never use the network")
    .option("--quiet", "no progress on the terminal")
    .action(async (trials, options) =>
      setExitCode(await (await import("./commands/speaker-calibrate.js")).speakerCalibrate(trials, options)),
    );

  command("enrol")
    .description("remember a voice in a folder")
    .argument("<name>", "whose voice it is")
    .argument("<file...>", "recordings of this speaker alone")
    .requiredOption("--store <folder>", "where voices are kept; made if it is not there")
    .requiredOption("--model <source>", embedderHelp)
    .addOption(pooledLayerOption())
    .addOption(backendOption())
    .addOption(threadsOption())
    .option("--offline", "never use the network")
    .action(async (name, files, options) =>
      setExitCode(await (await import("./commands/speaker-store.js")).speakerEnrol(name, files, options)),
    );

  command("identify")
    .description("say who of the remembered voices it is")
    .argument("<file...>", 'recordings, folders, globs, or "-" for standard input')
    .requiredOption("--store <folder>", "what speaker enrol wrote")
    .requiredOption("--model <source>", embedderHelp)
    .addOption(
      new Option(
        "--threshold <score>",
        "below it, a cosine or with --cohort a normalised score, it is nobody known (default: one of them it must be)",
      )
        .argParser(anyNumber("--threshold"))
        .conflicts("calibration"),
    )
    .option(
      "--calibration <file>",
      "what speaker calibrate wrote: nobody known if two speakers are likelier than one",
    )
    .addOption(cohortOption())
    .addOption(cohortTopOption())
    .addOption(jsonOption())
    .addOption(pooledLayerOption())
    .addOption(backendOption())
    .addOption(threadsOption())
    .option("--offline", "never use the network")
    .option("--quiet", "no progress on the terminal")
    .action(async (files, options) =>
      setExitCode(await (await import("./commands/speaker-identify.js")).speakerIdentify(files, options)),
    );

  command("list")
    .description("list the remembered voices, and of how many recordings each is")
    .requiredOption("--store <folder>", "what speaker enrol wrote")
    .action(async (options) =>
      setExitCode(await (await import("./commands/speaker-store.js")).speakerList(options)),
    );

  command("forget")
    .description("forget a voice")
    .argument("<name>", "whose voice it is")
    .requiredOption("--store <folder>", "what speaker enrol wrote")
    .action(async (name, options) =>
      setExitCode(await (await import("./commands/speaker-store.js")).speakerForget(name, options)),
    );
}
