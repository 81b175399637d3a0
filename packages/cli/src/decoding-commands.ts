// The commands around decoding, with their arguments and help: align, decode, eval, lm.
import { Argument, Option, type Command } from "@commander-js/extra-typings";
import { alphaOption, beamOption, betaOption, hotwordOption, lmOption, nbestOption } from "./beam-options.js";
import { anyNumber, backendOption, formatNames, modelHelp, threadsOption, wholeNumber } from "./options.js";

const vocabHelp = "vocab.json of the model, or one symbol a line";
const emissionsHelp = "natural-log probabilities [frames, symbols], safetensors or npy";

/** Options of commands that read log-probabilities made elsewhere. */
const frameOption = () =>
  new Option("--frame-seconds <number>", "from one frame to the next").argParser(
    anyNumber("--frame-seconds"),
  );
const delayOption = () =>
  new Option(
    "--emission-delay <seconds>",
    "by which symbols come after their sounds: times take it off (default: 0)",
  ).argParser(anyNumber("--emission-delay"));
const logitsOption = () => new Option("--logits", "the emissions are logits: take their log-softmax");
const blankOption = () =>
  new Option("--blank <symbol>", "the blank (default: <pad>, [PAD], <blank> or -, whichever is there)");
const delimiterOption = () => new Option("--delimiter <symbol>", "the symbol between words").default("|");

/** Adds the commands. */
export function registerDecodingCommands(program: Command, setExitCode: (code: number) => void): void {
  program
    .command("align")
    .description("put a known text on the times of a recording")
    .argument("[words...]", "the recording, then its text or a .txt file; with --emissions only the text")
    .option("--text <file>", 'file with the text, "-" for standard input')
    .option("--model <source>", modelHelp)
    .addOption(backendOption())
    .addOption(threadsOption())
    .addOption(
      new Option("--format <name>", "how the result is written")
        .choices(formatNames)
        .default("json" as const),
    )
    .option("--out <file>", "file to write instead of standard output")
    .option("--language <tag>", "of the text, e.g. en or pt-BR: numbers are spelled out in it")
    .addOption(
      new Option("--by <unit>", "what a segment is")
        .choices(["lines", "sentences"])
        .default("lines" as const),
    )
    .option("--extra-speech", "the recording may hold more than the text, between segments and around them")
    .addOption(
      new Option("--may-be-missing <what>", "what of the text may not have been said").choices([
        "segments",
        "words",
      ]),
    )
    .option("--emissions <file>", `${emissionsHelp}, instead of a recording`)
    .option("--vocab <file>", `with --emissions: ${vocabHelp}`)
    .addOption(frameOption())
    .addOption(delayOption())
    .addOption(logitsOption())
    .addOption(blankOption())
    .addOption(delimiterOption())
    .option("--offline", "never use the network")
    .option("--quiet", "no progress on the terminal")
    .addHelpText("after", "\nA * that stands alone in the text is a wildcard: anything may be said there.")
    .action(async (words, options) =>
      setExitCode(await (await import("./commands/align.js")).align(words, options)),
    );

  program
    .command("decode")
    .description("turn log-probabilities made elsewhere into text")
    .argument("<emissions>", emissionsHelp)
    .requiredOption("--vocab <file>", vocabHelp)
    .addOption(beamOption())
    .addOption(nbestOption())
    .addOption(lmOption())
    .addOption(alphaOption())
    .addOption(betaOption())
    .addOption(hotwordOption())
    .addOption(
      new Option("--format <name>", "how the result is written")
        .choices(formatNames)
        .default("text" as const),
    )
    .option("--out <file>", "file to write instead of standard output")
    .addOption(frameOption())
    .addOption(delayOption())
    .addOption(logitsOption())
    .addOption(blankOption())
    .addOption(delimiterOption())
    .action(async (emissions, options) =>
      setExitCode(await (await import("./commands/decode.js")).decode(emissions, options)),
    );

  program
    .command("eval")
    .description("compare recognised text with what was said: error rates, what went wrong, times")
    .argument(
      "<reference>",
      "text line by line, .jsonl with ids, or times: .ctm, .TextGrid, .srt, .vtt, .json",
    )
    .argument("<hypothesis>", "the same for what was recognised")
    .option("--normalise", "compare without case and punctuation")
    .addOption(
      new Option("--confusions <count>", "errors to list").argParser(wholeNumber("--confusions")).default(10),
    )
    .option("--json", "as JSON")
    .action(async (reference, hypothesis, options) =>
      setExitCode(await (await import("./commands/eval.js")).evaluate(reference, hypothesis, options)),
    );

  registerLanguageModelCommands(program.command("lm").description("n-gram language models"), setExitCode);
}

function registerLanguageModelCommands(lm: Command, setExitCode: (code: number) => void): void {
  lm.command("build")
    .description("estimate a model from text, one sentence a line (interpolated modified Kneser-Ney)")
    .argument("<text...>", 'files, gzip or not, or "-" for standard input')
    .requiredOption("--out <file>", ".arpa, .arpa.gz, or anything else for the compact binary")
    .addOption(new Option("--order <count>", "longest n-gram").argParser(wholeNumber("--order")).default(3))
    .option("--prune <counts>", "for each order, n-grams this rare are left out, e.g. 0,0,1")
    .option("--fallback-discounts", "do not refuse texts too small to estimate discounts")
    .addOption(new Option("--case <case>", "change the text's").choices(["upper", "lower"]))
    .addOption(
      new Option("--largest <count>", "n-grams counted in memory; more go to temporary files")
        .argParser(wholeNumber("--largest"))
        .default(8_000_000),
    )
    .action(async (files, options) =>
      setExitCode(await (await import("./commands/lm-build.js")).buildModel(files, options)),
    );

  lm.command("query")
    .description("score sentences: log10 probabilities of each word, perplexity of all")
    .argument("<model>", "ARPA, KenLM binary, or from lm build")
    .addArgument(new Argument("[text...]", "one sentence (default: standard input, one a line)"))
    .option("--json", "as JSON")
    .action(async (model, words, options) =>
      setExitCode(await (await import("./commands/lm-query.js")).queryModel(model, words, options)),
    );

  lm.command("info")
    .description("say what a model file is")
    .argument("<model>", "ARPA, KenLM binary, or from lm build")
    .option("--json", "as JSON")
    .action(async (model, options) =>
      setExitCode(await (await import("./commands/lm-info.js")).modelInfo(model, options)),
    );
}
