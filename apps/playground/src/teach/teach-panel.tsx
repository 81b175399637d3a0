// "Teach it your words": clips with their texts, learning with its loss, a test, and the model as a file.
import type { Comparison, LabelledClip, WorkerRecognizer } from "@wav2vec/asr-worker";
import { useCallback, useEffect, useState } from "preact/hooks";
import { useDrop } from "../dropped-files.js";
import { saveFile } from "../save-file.js";
import { BeforeAfter, ClipTable } from "./clip-table.js";
import { clipsAt, clipsOf, EXAMPLE_WORDS, EXAMPLES_KNOWN } from "./labelled-clips.js";
import { LossChart } from "./loss-chart.js";
import { RecordButton } from "./record-button.js";
import { useLesson } from "./use-lesson.js";

interface Props {
  readonly recognizer: WorkerRecognizer | undefined;
  /** Whether the graphics device was lost and the worker starts again. */
  readonly isRestarting: boolean;
  /** Name of the open model. */
  readonly label: string;
  /** Whether the open model knows the recordings beside the page. */
  readonly knowsExamples: boolean;
  readonly isReady: boolean;
  /** Whether the worker has no time for anything else. */
  readonly onBusy: (isBusy: boolean) => void;
  /** Whether the page now hears with the taught model. */
  readonly onUse: (isUsed: boolean) => void;
}

export function TeachPanel({
  recognizer,
  isRestarting,
  label,
  knowsExamples,
  isReady,
  onBusy,
  onUse,
}: Props) {
  const [parts, setParts] = useState<"all" | "head">("all");
  const [repeats, setRepeats] = useState(true);
  const [updates, setUpdates] = useState(40);
  const [isUsed, setIsUsed] = useState(false);
  const [test, setTest] = useState<Comparison>();
  const use = useCallback((used: boolean) => (setIsUsed(used), onUse(used)), [onUse]);
  const known = useCallback(
    (): Promise<LabelledClip[]> => clipsAt(EXAMPLES_KNOWN, recognizer!),
    [recognizer],
  ); // called with a model
  const lesson = useLesson(recognizer, known, use);
  const { clips, phase, isTaught, losses } = lesson;
  const isBusy = phase !== "idle";
  useEffect(() => onBusy(isBusy), [isBusy]);
  useEffect(() => {
    if (!isRestarting || !isUsed) return;
    use(false); // a new worker knows the lesson only when it is asked of it, and then learns it again
    lesson.say("The graphics device was lost: the page hears with the model as it was, until you ask for the taught one again"); // prettier-ignore
  }, [isRestarting]);
  useEffect(() => setTest(undefined), [recognizer, losses.length]);

  const take = (files: readonly File[]) => void lesson.add("Reading", () => clipsOf(files, recognizer!)); // the button is there only with a model
  const drop = useDrop((files) => isReady && !isBusy && take(files), lesson.fail);
  const hear = (find: () => Promise<Float32Array>) =>
    void lesson.withLesson("Listening", async (made) => {
      setTest(await made.compare(await find()));
      return "Heard";
    });
  const settings = { parts, repeatsKnown: repeats && knowsExamples };
  const canAdd = isReady && !isBusy;

  return (
    <section aria-labelledby="teach-heading" class={drop.isOver ? "drop over" : "drop"} {...drop.handlers}>
      <h2 id="teach-heading">Teach it your words</h2>
      <p class="quiet">
        Record a few short clips, or drop recordings (with a .txt of the same name for each), and write down
        what is said. About ten clips, each word twice or more, are enough to begin with. The model learns
        here and stays here.
      </p>
      <div class="row">
        <RecordButton
          label="Record a clip"
          disabled={!canAdd}
          onError={lesson.fail}
          onSamples={(samples) =>
            void lesson.add("Keeping", async () => [{ name: `clip ${clips.length + 1}`, samples, text: "" }])
          }
        />
        <label>
          Drop labelled clips here, or choose them
          <input
            type="file"
            multiple
            accept="audio/*,.txt"
            disabled={!canAdd}
            onChange={({ currentTarget }) => {
              take([...(currentTarget.files ?? [])]);
              currentTarget.value = "";
            }}
          />
        </label>
        <button
          type="button"
          disabled={!canAdd}
          onClick={() => void lesson.add("Reading", () => clipsAt(EXAMPLE_WORDS, recognizer!))} // as in `take`
        >
          Add example words
        </button>
      </div>
      {clips.length > 0 && (
        <>
          <ClipTable
            clips={clips}
            heard={lesson.heard}
            isBusy={isBusy}
            onWrite={lesson.write}
            onRemove={lesson.remove}
          />
          <div class="row">
            <label>
              What learns
              <select
                value={parts}
                disabled={isBusy}
                onChange={({ currentTarget }) => setParts(currentTarget.value === "head" ? "head" : "all")}
              >
                <option value="all">all but the convolutions</option>
                <option value="head">the last layer (less memory)</option>
              </select>
            </label>
            <label>
              Updates
              <input
                type="number"
                min={1}
                max={1000}
                value={updates}
                disabled={isBusy}
                onInput={({ currentTarget }) => setUpdates(Math.max(1, Math.floor(currentTarget.valueAsNumber) || 1))} // prettier-ignore
              />
            </label>
            {phase === "learning" ? (
              <button type="button" class="recording" onClick={lesson.stop}>
                Stop learning
              </button>
            ) : (
              <button
                type="button"
                class="main"
                disabled={!canAdd}
                onClick={() => void lesson.learn(updates, settings)}
              >
                {isTaught ? "Go on learning" : "Teach"}
              </button>
            )}
            {isTaught && (
              <button type="button" disabled={isBusy} onClick={() => void lesson.startOver()}>
                Start over
              </button>
            )}
          </div>
          {knowsExamples && (
            <label class="check">
              <input
                type="checkbox"
                checked={repeats}
                disabled={isBusy}
                onChange={({ currentTarget }) => setRepeats(currentTarget.checked)}
              />
              Repeat what the model knows in between, so that it forgets less
            </label>
          )}
        </>
      )}
      <p role="status" class="status">
        {lesson.status}
      </p>
      {lesson.problem && (
        <p role="alert" class="problem">
          {lesson.problem}
        </p>
      )}
      {losses.length > 0 && <LossChart losses={losses} goal={lesson.goal} />}
      {isTaught && phase !== "learning" && (
        <div role="group" aria-label="Try and save the taught model">
          <div class="row">
            <RecordButton
              label="Record a test"
              disabled={!canAdd}
              onError={lesson.fail}
              onSamples={(samples) => hear(async () => samples)}
            />
            <label>
              Or choose a recording to test with
              <input
                type="file"
                accept="audio/*"
                disabled={!canAdd}
                onChange={({ currentTarget }) => {
                  const file = currentTarget.files?.[0];
                  if (file) hear(() => recognizer!.decode(file)); // as in `take`
                  currentTarget.value = "";
                }}
              />
            </label>
            <button
              type="button"
              disabled={isBusy}
              onClick={() =>
                void lesson.withLesson("Packing", async (made) => {
                  const folder = `${label.split("/").at(-1) || "model"}-taught`;
                  saveFile(await made.save(folder), `${folder}.zip`);
                  return "Saved. Drop the zip on “Model” to open it again";
                })
              }
            >
              Download the model (zip)
            </button>
          </div>
          <div aria-live="polite" data-testid="test">
            <BeforeAfter heard={test} />
          </div>
          <label class="check">
            <input
              type="checkbox"
              checked={isUsed}
              disabled={isBusy}
              onChange={({ currentTarget: { checked } }) =>
                void lesson.withLesson("Changing the model", async (made) => {
                  await made.use(checked);
                  use(checked);
                  return checked
                    ? "The page now hears with the taught model"
                    : "The page hears with the model as it was";
                })
              }
            />
            Use the taught model everywhere on this page
          </label>
        </div>
      )}
    </section>
  );
}
