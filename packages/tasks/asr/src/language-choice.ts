// Whose language each recording, or each window of it, is heard in: one for all, one each, or as it is identified.
import type { AcousticModel } from "./acoustic-model.js";
import type { TranscribeOptions } from "./recognizer.js";
import type { Listener } from "./recognise-each.js";
import type { MultilingualModel } from "./multilingual-model.js";
import { languageTranscriber } from "./language-transcriber.js";
import { transcriberOf, type BeamSettings, type Transcriber } from "./transcribers.js";

/** A language of the model, and how sure it is that it is spoken. */
export interface LanguageChoice {
  /** One of the recogniser's `languages`. */
  readonly language: string;
  /** 0 to 1, among the languages of the recogniser. */
  readonly probability: number;
}

/**
 * Says which of `languages` is spoken in a stretch of 16 kHz samples; undefined if nobody could tell, as in silence.
 * `identifier.choose` of `@wav2vec/language-id` is one.
 */
export type ChooseLanguage = (
  samples: Float32Array,
  languages: readonly string[],
) => Promise<LanguageChoice | undefined>;

/** How long one choice holds: for the whole recording, or for one window of it. */
export type ChoiceScope = "recording" | "window";

/** What hears recordings and what writes them down, each in its language. */
export interface Hearing {
  readonly listener: Listener;
  readonly transcriberOf: (recording: number) => Transcriber;
}

/** What is set for a recogniser: one language, or something to ask. */
export interface LanguageSetting {
  readonly acoustic: AcousticModel;
  readonly choose?: ChooseLanguage;
}

/** What "auto" asks, if it can. @throws RangeError if there is nothing to ask, or nothing to choose from */
export function askable(choose: ChooseLanguage | undefined, languages: readonly string[]): ChooseLanguage {
  if (languages.length === 0)
    throw new RangeError('language "auto": the model has no language adapters; leave the language out');
  if (choose) return choose;
  throw new RangeError(
    'language "auto": there is nothing that identifies languages; expected chooseLanguage, e.g. that of a language identifier of @wav2vec/language-id',
  );
}

/**
 * Who hears and writes down what.
 *
 * @param count of recordings
 * @throws RangeError if options contradict each other or the setting
 */
export async function hearingOf(
  model: MultilingualModel,
  { acoustic, choose }: LanguageSetting,
  count: number,
  options: TranscribeOptions,
): Promise<Hearing> {
  checkOptions(count, options, choose !== undefined);
  const { languages, languageBy = "recording", beam } = options;
  if (languages) return hearEach(model, acoustic, languages, beam);
  if (choose) return hearChosen(model, acoustic, choose, languageBy, beam);
  return { listener: acoustic, transcriberOf: () => transcriberOf(acoustic, beam) };
}

/** Each recording in a language that is known; recordings of several share batches. */
async function hearEach(
  model: MultilingualModel,
  body: AcousticModel,
  languages: readonly string[],
  beam: BeamSettings | undefined,
): Promise<Hearing> {
  const spoken = await Promise.all(languages.map((language) => model.inLanguage(language)));
  return {
    listener: {
      ...frameFacts(body),
      emissions: (clips, windows) =>
        model.emissions(
          clips,
          windows.map(({ recording }) => languages[recording]),
        ),
    },
    transcriberOf: (recording) => transcriberOf(spoken[recording]!, beam), // one language a recording
  };
}

/** Each recording, or window, in the language that `choose` says; until one is known, in that of the model's body. */
function hearChosen(
  model: MultilingualModel,
  body: AcousticModel,
  choose: ChooseLanguage,
  choiceScope: ChoiceScope,
  beam: BeamSettings | undefined,
): Hearing {
  const latest = new Map<number, LanguageChoice>();
  return {
    listener: {
      ...frameFacts(body),
      async choose(window, recording) {
        const before = latest.get(recording);
        if (before && choiceScope === "recording") return before;
        const choice = (await choose(window, model.languages)) ?? before;
        if (choice) latest.set(recording, choice);
        return choice;
      },
      emissions: (clips, windows) =>
        model.emissions(
          clips,
          windows.map(({ choice }) => choice?.language),
        ),
    },
    transcriberOf: () =>
      languageTranscriber(async (language) => transcriberOf(await model.inLanguage(language), beam), body),
  };
}

function frameFacts({ samplesPerFrame, receptiveField }: Listener): Omit<Listener, "emissions"> {
  return { samplesPerFrame, receptiveField };
}

function checkOptions(
  count: number,
  { languages, languageBy, beam }: TranscribeOptions,
  isAuto: boolean,
): void {
  if (languages && languages.length !== count)
    throw new RangeError(
      `transcribe: languages has ${languages.length} codes for ${count} recordings; expected one for each`,
    );
  if (languageBy && (!isAuto || languages))
    throw new RangeError(
      'transcribe: languageBy is for a recogniser whose language is "auto", without languages; leave it out',
    );
  if (languageBy === "window" && (beam?.nbest ?? 1) > 1)
    throw new RangeError(
      "transcribe: nbest is more than 1 with a language for each window; expected one text, or languageBy recording",
    );
}
