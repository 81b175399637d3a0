// Measures wav2vec 2.0 recognition against peers and prints tables; see README.md for how to prepare the models.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { writeClips } from "./clips.js";
import { measure } from "./measure.js";
import { table } from "./report.js";
import { scenarios } from "./scenarios.js";

const { values } = parseArgs({
  options: {
    models: { type: "string" },
    python: { type: "string", default: "python3" },
    threads: { type: "string", default: "2" },
    rounds: { type: "string" },
    scenario: { type: "string", multiple: true },
    contender: { type: "string", multiple: true },
    out: { type: "string" },
  },
});
if (values.models === undefined)
  throw new Error("bench: --models is missing; expected the folder of exported models");
const unknown = values.scenario?.find((name) => !scenarios.some((scenario) => scenario.name === name));
if (unknown !== undefined)
  throw new Error(
    `bench: got --scenario ${unknown}; expected one of ${scenarios.map(({ name }) => name).join(", ")}`,
  );

const folder = mkdtempSync(join(tmpdir(), "wav2vec-bench-"));
const machine = {
  cpu: cpus()[0]?.model,
  cores: cpus().length,
  node: process.version,
  threads: Number(values.threads),
};
const results = [];
try {
  for (const scenario of scenarios.filter(({ name }) => values.scenario?.includes(name) ?? true)) {
    const entrants = scenario.entrants.filter(
      ({ name }) => values.contender?.some((part) => name.includes(part)) ?? true,
    );
    const measurements = await measure(
      { ...scenario, entrants },
      {
        python: values.python,
        threads: machine.threads,
        model: resolve(values.models, scenario.model),
        clips: writeClips(folder, scenario.clipSeconds),
        rounds: Number(values.rounds ?? scenario.rounds),
      },
    );
    const audioSeconds = scenario.clipSeconds.reduce((sum, seconds) => sum + seconds, 0);
    results.push({ scenario: scenario.name, audioSeconds, measurements });
    console.log(`\n## ${scenario.name}\n\n${table(measurements, audioSeconds)}`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
if (values.out !== undefined) writeFileSync(values.out, JSON.stringify({ machine, results }, undefined, 1));
