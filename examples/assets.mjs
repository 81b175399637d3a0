// Puts the model that ships and the demo recordings where an example serves files from: `node ../assets.mjs public`.
import { cpSync, existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
/** The package of the command brings the model; inside the repository it lies beside the examples. */
const shipped = join(here, "..", "models", "en-tiny");
const model = existsSync(shipped)
  ? shipped
  : join(
      dirname(createRequire(join(process.cwd(), "package.json")).resolve("wav2vec")),
      "..",
      "models",
      "en-tiny",
    );

const target = process.argv[2] ?? "public";
cpSync(model, join(target, "en-tiny"), { recursive: true });
cpSync(join(here, "audio"), join(target, "audio"), { recursive: true });
