// The commands of training, with their arguments and help: train ctc, pretrain, classify, report; vocab build.
import { Option, type Command } from "@commander-js/extra-typings";
import { backendOption, threadsOption, wholeNumber } from "./options.js";

/** Adds the commands. */
export function registerTrainingCommands(program: Command, setExitCode: (code: number) => void): void {
  const train = program
    .command("train")
    .description("train a model: for recognition, for classes, or pre-train");
  for (const [kind, what] of [
    ["ctc", "fine-tune for recognition, or train a recogniser from random weights"],
    ["pretrain", "contrastive pre-training on recordings without text"],
    ["classify", "train a classifier, regressor or embedder on an encoder, frozen or not"],
  ] as const)
    train
      .command(kind)
      .description(what)
      .argument("<config>", "YAML or JSON file; paths in it start at its folder")
      .requiredOption(
        "--out <folder>",
        "of the run: checkpoints (model folders), best, last, metrics.jsonl, report.html",
      )
      .option("--init <model>", "start from this model: folder, weight file or Hugging Face id")
      .option("--resume", "go on with the run in the folder")
      .option("--dry-run", "print what would be trained, and train nothing")
      .addOption(backendOption())
      .addOption(threadsOption())
      .addOption(
        new Option("--workers <count>", "threads that decode and change recordings (default: all processors but one, at most 4)") // prettier-ignore
          .argParser(wholeNumber("--workers", 0)),
      )
      .option("--quiet", "no progress on the terminal")
      .action(async (config, options) =>
        setExitCode(await (await import("./commands/train.js")).train(kind, config, options)),
      );

  train
    .command("report")
    .description("draw what runs have measured into one HTML file; several runs over each other")
    .argument("<run...>", "folders of runs")
    .option("--out <file>", "HTML file to write; default report.html in the run's folder")
    .action(async (runs, options) =>
      setExitCode(await (await import("./commands/train-report.js")).trainReport(runs, options)),
    );

  program
    .command("vocab")
    .description("vocabularies of recognisers")
    .command("build")
    .description("collect the characters of transcripts into a vocab.json")
    .argument("<data...>", "AudioFolder, .jsonl, .csv, .tsv or fairseq manifest")
    .requiredOption("--out <file>", "vocab.json to write")
    .addOption(new Option("--split <name>", "only entries of this split"))
    .addOption(new Option("--case <case>", "change the text's").choices(["upper", "lower"]))
    .addOption(new Option("--remove <characters>", "leave these out, e.g. punctuation"))
    .addOption(
      new Option("--at-least <count>", "leave out characters that occur less often")
        .argParser(wholeNumber("--at-least"))
        .default(1),
    )
    .action(async (data, options) =>
      setExitCode(await (await import("./commands/vocab-build.js")).buildVocab(data, options)),
    );
}
