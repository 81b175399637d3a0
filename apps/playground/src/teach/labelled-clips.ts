// Recordings with their texts, from what a visitor chooses and from what lies beside the page.
import type { LabelledClip, WorkerRecognizer } from "@wav2vec/asr-worker";

/** Phrases that the shipped model does not know; `examples/words` of the repository. */
export const EXAMPLE_WORDS = ["coffee-please", "lights-on", "lights-off", "play-music", "good-morning"]
  .flatMap((phrase) => [`${phrase}-1`, `${phrase}-2`])
  .map((name) => `words/${name}`);
/** Recordings that the shipped model knows; `examples/audio`. */
export const EXAMPLES_KNOWN = ["digits", "command", "spelled"].map((name) => `examples/${name}`);

/**
 * Pairs recordings with text files of the same name.
 *
 * @returns clips in order of name; the text is empty where there is no file for it
 * @throws AudioError naming a file that is no recording
 */
export async function clipsOf(
  files: readonly File[],
  { decode }: Pick<WorkerRecognizer, "decode">,
): Promise<LabelledClip[]> {
  const texts = new Map(files.filter(isText).map((file) => [stem(file.name), file]));
  const recordings = files.filter((file) => !isText(file)).sort((a, b) => (a.name < b.name ? -1 : 1));
  const clips: LabelledClip[] = [];
  for (const file of recordings) {
    const text = (await texts.get(stem(file.name))?.text()) ?? "";
    clips.push({ name: stem(file.name), samples: await decode(file), text: text.trim() });
  }
  return clips;
}

/** @param paths beside the page, without `.wav` and `.txt` */
export async function clipsAt(
  paths: readonly string[],
  recognizer: Pick<WorkerRecognizer, "decode">,
): Promise<LabelledClip[]> {
  const files = await Promise.all(
    paths.flatMap((path) =>
      [".wav", ".txt"].map(async (ending) => {
        const answer = await fetch(`./${path}${ending}`);
        if (!answer.ok) throw new Error(`${path}${ending}: the server answered ${answer.status}; reload the page`); // prettier-ignore
        return new File([await answer.blob()], `${path.split("/").at(-1)!}${ending}`); // split gives at least one part
      }),
    ),
  );
  return clipsOf(files, recognizer);
}

const isText = ({ name }: File) => /\.txt$/i.test(name);
const stem = (name: string) => name.replace(/\.[^.]*$/, "");
