// Live speech: a window slides over the samples, and words become final once enough has been heard after them.
import { transcriberOf, type AcousticModel, type Transcript } from "@wav2vec/asr";
import type { Emissions, TimedWord } from "@wav2vec/decoders";
import { joinEmissions } from "./hearing.js";
import type { LiveMemory, LiveUpdate } from "./protocol.js";

const SAMPLE_RATE = 16_000;
/** A silence this long ends a word in every transcript of `@wav2vec/asr`. */
const WORD_PAUSE_SECONDS = 1;

/** How the window slides. */
export interface LiveOptions {
  /** Seconds before the part in work that the model hears again. Default 4. */
  readonly contextSeconds?: number;
  /** Seconds that must follow a frame before it is final. Default 1. */
  readonly lagSeconds?: number;
  /** Seconds of final frames that are gathered before the window moves. Default 0.5. */
  readonly stepSeconds?: number;
  /** Goes on with a recording that was begun elsewhere. Default a new one. */
  readonly from?: LiveMemory;
}

/** One live recording. Calls must not overlap. */
export interface LiveRecognizer {
  push(samples: Float32Array): Promise<LiveUpdate>;
  /** Everything becomes final. */
  finish(): Promise<LiveUpdate>;
  /** All there is to go on with, the samples of a call that failed too. */
  memory(): LiveMemory;
}

const NOTHING: LiveMemory = { held: new Float32Array(0), before: 0, heard: 0, final: [] };

/** Memory does not grow with the samples: only what was heard (probabilities) is kept. */
export function liveRecognizer(model: AcousticModel, options: LiveOptions = {}): LiveRecognizer {
  const { contextSeconds = 4, lagSeconds = 1, stepSeconds = 0.5, from = NOTHING } = options;
  const hop = model.samplesPerFrame;
  const frames = (seconds: number) => Math.max(1, Math.round((seconds * SAMPLE_RATE) / hop));
  const [context, lag, step] = [frames(contextSeconds), frames(lagSeconds), frames(stepSeconds)];
  let { held, before, heard } = from;
  const final = [...from.final];

  async function update(isEnd: boolean): Promise<LiveUpdate> {
    const begun = performance.now();
    let tentative: Emissions | undefined;
    if (held.length >= model.receptiveField) {
      const [all] = await model.emissions([held]);
      const open = rows(all!, before, all!.frames); // one clip, one answer
      const settled = isEnd ? open.frames : Math.max(0, open.frames - lag);
      if (isEnd || settled >= step) {
        final.push(rows(open, 0, settled));
        const keep = Math.min(before + settled, context);
        held = held.slice((before + settled - keep) * hop);
        before = keep;
        tentative = rows(open, settled, open.frames);
      } else tentative = open;
    }
    const transcript = await decode([...final, ...(tentative ? [tentative] : [])]);
    return {
      transcript,
      stableWords: isEnd ? wordsOf(transcript).length : await countStable(),
      secondsHeard: heard / SAMPLE_RATE,
      computeMs: performance.now() - begun,
    };
  }

  /** Final frames never change, so words that are over in them do not either. */
  async function countStable(): Promise<number> {
    const words = wordsOf(await decode(final));
    const last = words.at(-1);
    if (!last) return 0;
    const seconds = final.reduce((sum, part) => sum + part.frames, 0) * model.secondsPerFrame;
    return seconds - last.end >= WORD_PAUSE_SECONDS ? words.length : words.length - 1; // the last one may go on
  }

  async function decode(parts: readonly Emissions[]): Promise<Transcript> {
    const transcriber = transcriberOf(model);
    if (parts.length > 0) await transcriber.feed(joinEmissions(parts));
    return transcriber.finish(heard / SAMPLE_RATE);
  }

  return {
    push(samples) {
      const joined = new Float32Array(held.length + samples.length);
      joined.set(held);
      joined.set(samples, held.length);
      held = joined;
      heard += samples.length;
      return update(false);
    },
    finish: () => update(true),
    memory: () => ({ held, before, heard, final: [...final] }),
  };
}

const wordsOf = ({ segments }: Transcript): readonly TimedWord[] => segments.flatMap(({ words }) => words);

function rows({ data, symbols }: Emissions, from: number, to: number): Emissions {
  return { data: data.slice(from * symbols, to * symbols), frames: to - from, symbols };
}
