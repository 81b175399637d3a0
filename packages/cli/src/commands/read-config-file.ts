// A configuration file as a value; what it must hold is for its reader to say.
import { readFile } from "node:fs/promises";
import { parse as parseYaml } from "yaml";
import { UsageError } from "../usage-error.js";

/** @throws UsageError if the file is not there, or is neither YAML nor JSON */
export async function readConfigFile(file: string): Promise<unknown> {
  const text = await readFile(file, "utf8").catch(() => {
    throw new UsageError(`${file}: cannot be read; expected a YAML or JSON file`);
  });
  try {
    return parseYaml(text); // JSON is YAML
  } catch (error) {
    throw new UsageError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
