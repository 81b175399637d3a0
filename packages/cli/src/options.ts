// Options that several commands have, and how their values are read.
import { Option } from "@commander-js/extra-typings";
import { backendNames } from "./backend.js";
import { UsageError } from "./usage-error.js";

export const modelHelp =
  "folder, weight file or Hugging Face id (default: the small English model that ships)";

/** The option that every command with a model has. */
export const backendOption = () =>
  new Option("--backend <name>", "what computes").choices(backendNames).default("ort" as const);

export const threadsOption = () =>
  new Option("--threads <count>", "CPU threads (default: the runtime decides)").argParser(
    wholeNumber("--threads"),
  );

/** Formats of results: plain text, and those of timed text. */
export const formatNames = [
  "text",
  "json",
  "srt",
  "vtt",
  "textgrid",
  "ctm",
  "rttm",
  "audacity",
  "elan",
] as const;
export type OutputFormat = (typeof formatNames)[number];

/** Parses a count. */
export function wholeNumber(option: string, least = 1) {
  return (text: string): number => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isInteger(value) || value < least)
      throw new UsageError(`${option}: got "${text}"; expected a whole number of at least ${least}`);
    return value;
  };
}

/** Parses any number. */
export function anyNumber(option: string) {
  return (text: string): number => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isFinite(value))
      throw new UsageError(`${option}: got "${text}"; expected a number`);
    return value;
  };
}
