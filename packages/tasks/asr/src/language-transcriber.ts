// Transcripts of recordings in which the language may change from window to window.
import type { TimedSegment, TimedSpan } from "@wav2vec/decoders";
import type { AcousticModel } from "./acoustic-model.js";
import type { LanguageChoice } from "./language-choice.js";
import type { Transcriber } from "./transcribers.js";
import type { SpokenLanguage, Transcript } from "./transcript.js";

/** Windows in a row that are in one language. */
interface Stretch {
  readonly language: string | undefined;
  readonly transcriber: Transcriber;
  readonly firstFrame: number;
  readonly probabilities: number[];
}

/**
 * Gives each stretch of one language a transcriber of its own and joins what they say.
 *
 * @param open makes the transcriber of a stretch; undefined is the language of the model's body
 */
export function languageTranscriber(
  open: (language: string | undefined) => Promise<Transcriber>,
  { secondsPerFrame }: Pick<AcousticModel, "secondsPerFrame">,
): Transcriber {
  const done: { readonly transcript: Transcript; readonly spoken: SpokenLanguage | undefined }[] = [];
  let stretch: Stretch | undefined;
  let frames = 0;

  async function close({ transcriber, language, firstFrame, probabilities }: Stretch, end: number) {
    const start = seconds(firstFrame * secondsPerFrame);
    const transcript = shifted(await transcriber.finish(end - start), start);
    const probability = probabilities.reduce((a, b) => a + b, 0) / probabilities.length;
    done.push({
      transcript,
      spoken: language === undefined ? undefined : { start, end, language, probability },
    });
  }

  return {
    async feed(emissions, signal, choice?: LanguageChoice) {
      if (!stretch || stretch.language !== choice?.language) {
        if (stretch) await close(stretch, seconds(frames * secondsPerFrame));
        const transcriber = await open(choice?.language);
        stretch = { language: choice?.language, transcriber, firstFrame: frames, probabilities: [] };
      }
      if (choice) stretch.probabilities.push(choice.probability);
      await stretch.transcriber.feed(emissions, signal);
      frames += emissions.frames;
    },
    async finish(durationSeconds) {
      if (stretch) await close(stretch, durationSeconds);
      return joined(done, durationSeconds);
    },
  };
}

function joined(
  parts: readonly { readonly transcript: Transcript; readonly spoken: SpokenLanguage | undefined }[],
  durationSeconds: number,
): Transcript {
  const alternatives = parts.length === 1 ? parts[0]!.transcript.alternatives : undefined; // length checked
  return {
    text: parts
      .map(({ transcript }) => transcript.text)
      .filter((text) => text !== "")
      .join(" "),
    segments: parts.flatMap(({ transcript }) => transcript.segments),
    durationSeconds,
    ...(alternatives && { alternatives }),
    languages: parts.flatMap(({ spoken }) => spoken ?? []),
  };
}

/** The same transcript, later. */
function shifted(transcript: Transcript, by: number): Transcript {
  if (by === 0) return transcript;
  const later = <T extends TimedSpan>(span: T): T => ({
    ...span,
    start: seconds(span.start + by),
    end: seconds(span.end + by),
  });
  const segments = transcript.segments.map((segment): TimedSegment => ({
    ...later(segment),
    words: segment.words.map((word) => ({ ...later(word), characters: word.characters.map(later) })),
  }));
  return { ...transcript, segments };
}

/** Without the noise of binary fractions: 58 * 0.02 is 1.1600000000000001. */
function seconds(value: number): number {
  return Number(value.toFixed(6));
}
