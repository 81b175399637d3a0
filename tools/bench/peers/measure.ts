// Runs one scenario: every contender loads, warms up, and then they take turns, so that noise meets all alike.
import { setTimeout as sleep } from "node:timers/promises";
import { startContender, type ContenderProcess } from "./contender-process.js";
import type { LoadRequest, Reply, TranscribeRequest } from "./protocol.js";
import type { Entrant, Scenario } from "./scenarios.js";

/** What one contender did in one scenario. Times in seconds. */
export interface Measurement {
  readonly name: string;
  /** Why there are no numbers, where there are none. */
  readonly error?: string;
  readonly loadSeconds: number;
  /** The first transcription after loading, which the runs leave out. */
  readonly firstSeconds: number;
  readonly runSeconds: readonly number[];
  readonly peakMegabytes: number | undefined;
  readonly texts: readonly string[];
}

/** Settings of the whole benchmark. */
export interface BenchmarkOptions {
  readonly python: string;
  readonly threads: number;
  readonly model: string;
  readonly clips: readonly string[];
  readonly rounds: number;
}

const WARM_UP_RUNS = 2;
/** Idle worker threads of the last contender spin for a few milliseconds. */
const REST_MILLISECONDS = 100;

/** @returns one measurement for each entrant, in their order; a contender that fails has only its error */
export async function measure(scenario: Scenario, options: BenchmarkOptions): Promise<Measurement[]> {
  const runners: Runner[] = [];
  for (const entrant of scenario.entrants) runners.push(await start(entrant, options));
  for (let round = 0; round < options.rounds; round++) {
    for (const runner of runners) {
      if (!runner.process) continue;
      await sleep(REST_MILLISECONDS);
      runner.runSeconds.push((await runner.process.ask({ transcribe: true })).seconds);
    }
  }
  for (const runner of runners) {
    runner.peakMegabytes = runner.process?.peakMegabytes();
    await runner.process?.stop();
  }
  return runners.map(({ process: _, ...measurement }) => measurement);
}

interface Runner extends Measurement {
  process?: ContenderProcess<LoadRequest | TranscribeRequest, Reply>;
  runSeconds: number[];
  peakMegabytes: number | undefined;
}

async function start(entrant: Entrant, { python, threads, model, clips }: BenchmarkOptions): Promise<Runner> {
  const { name, padded } = entrant;
  const process = startContender<LoadRequest | TranscribeRequest, Reply>(name, entrant.command(python));
  try {
    const { seconds: loadSeconds } = await process.ask({ load: { model, threads, padded, clips } });
    const { seconds: firstSeconds, texts } = await process.ask({ transcribe: true });
    for (let run = 1; run < WARM_UP_RUNS; run++) await process.ask({ transcribe: true });
    return { name, process, loadSeconds, firstSeconds, texts, runSeconds: [], peakMegabytes: undefined };
  } catch (error) {
    await process.stop();
    const message = error instanceof Error ? error.message : String(error);
    const none = { loadSeconds: NaN, firstSeconds: NaN, texts: [], runSeconds: [], peakMegabytes: undefined };
    return { name, error: message, ...none };
  }
}
