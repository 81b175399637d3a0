// Writes the report of one run, or of several over each other, in place of an earlier one.
import { replaceDurably } from "../run/durable-files.js";
import { readRun } from "./read-run.js";
import { reportPage } from "./report-page.js";

/**
 * @param folders of runs; several are drawn into the same plots
 * @param file of the page
 * @throws TrainingError if a folder holds no run
 */
export async function writeReport(folders: readonly string[], file: string): Promise<void> {
  await replaceDurably(file, await reportPage(await Promise.all(folders.map(readRun))));
}
