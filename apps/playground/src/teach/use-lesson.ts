// The state of a lesson in the page: clips, learning, and what the model reads before and after.
import type {
  Comparison,
  LabelledClip,
  LessonOptions,
  PageLesson,
  WorkerRecognizer,
} from "@wav2vec/asr-worker";
import { useEffect, useRef, useState } from "preact/hooks";
import { messageOf } from "../use-recognizer.js";

/** A clip in the table. */
export interface TableClip extends LabelledClip {
  readonly id: number;
}

/** What is going on. */
export type LessonPhase = "idle" | "working" | "learning";

/** What a lesson is made from; a change of it needs a new one. */
export type LessonSettings = Required<Pick<LessonOptions, "parts">> & { readonly repeatsKnown: boolean };

export function useLesson(
  recognizer: WorkerRecognizer | undefined,
  known: () => Promise<LabelledClip[]>,
  onUse: (isUsed: boolean) => void,
) {
  const [clips, setClips] = useState<readonly TableClip[]>([]);
  const [heard, setHeard] = useState<ReadonlyMap<number, Comparison>>(new Map());
  const [losses, setLosses] = useState<readonly number[]>([]);
  const [phase, setPhase] = useState<LessonPhase>("idle");
  const [status, setStatus] = useState("");
  const [problem, setProblem] = useState("");
  const [goal, setGoal] = useState(0);
  const ids = useRef(0);
  const done = useRef(0); // updates of the present lesson
  const lesson = useRef<{ readonly made: PageLesson; readonly from: string } | undefined>(undefined);
  const stopping = useRef(new AbortController());

  const forget = () => {
    lesson.current = undefined;
    done.current = 0;
    setLosses([]);
    setHeard(new Map());
    setGoal(0);
    onUse(false);
  };
  useEffect(() => {
    forget(); // another model is open
    setStatus("");
  }, [recognizer]);

  const attempt = async (phaseNow: LessonPhase, what: string, work: () => Promise<string>) => {
    setPhase(phaseNow);
    setProblem("");
    setStatus(what);
    try {
      setStatus(await work());
    } catch (error) {
      setStatus("");
      setProblem(messageOf(error));
    } finally {
      setPhase("idle");
    }
  };

  const add = (what: string, find: () => Promise<readonly LabelledClip[]>) =>
    attempt("working", what, async () => {
      const found = await find();
      setClips((old) => [...old, ...found.map((clip) => ({ ...clip, id: ++ids.current }))]);
      return found.length === 1 ? "One clip was added" : `${found.length} clips were added`;
    });

  /** The lesson for these clips and settings: the one there is, if it was made of the same. */
  async function prepare(settings: LessonSettings): Promise<PageLesson> {
    const from = JSON.stringify([clips.map(({ id, text }) => [id, text.trim()]), settings]);
    if (lesson.current?.from === from) return lesson.current.made;
    forget();
    const options = { parts: settings.parts, known: settings.repeatsKnown ? await known() : [] };
    const made = await recognizer!.teach(clips, options); // the button is there only with a model
    lesson.current = { made, from };
    return made;
  }

  const learn = (updates: number, settings: LessonSettings) =>
    attempt("learning", "Preparing", async () => {
      stopping.current = new AbortController();
      const made = await prepare(settings);
      onUse(false);
      setStatus("Learning");
      setGoal(done.current + updates);
      await made.train(updates, {
        signal: stopping.current.signal,
        onUpdate: ({ update, loss }) => {
          done.current = update;
          setLosses((old) => [...old.slice(0, update - 1), loss]);
        },
      });
      setPhase("working");
      setStatus("Listening to the clips again");
      for (const { id, samples } of clips) {
        const comparison = await made.compare(samples);
        setHeard((old) => new Map([...old, [id, comparison]]));
      }
      return "Learnt. Try a new recording, go on, or save the model";
    });

  return {
    clips,
    heard,
    losses,
    goal,
    phase,
    status,
    problem,
    /** Whether a lesson was learnt that can be tried and saved. */
    isTaught: lesson.current !== undefined && losses.length > 0,
    add,
    learn,
    say: setStatus,
    fail: (error: unknown) => setProblem(messageOf(error)),
    stop: () => stopping.current.abort(),
    write: (id: number, text: string) =>
      setClips((old) => old.map((clip) => (clip.id === id ? { ...clip, text } : clip))),
    remove: (id: number) => setClips((old) => old.filter((clip) => clip.id !== id)),
    /** Runs something with the lesson, which there must be. */
    withLesson: (what: string, work: (made: PageLesson) => Promise<string>) =>
      attempt("working", what, () => work(lesson.current!.made)), // `isTaught` guards the buttons
    startOver: () =>
      attempt("working", "Forgetting", async () => {
        await lesson.current?.made.end();
        forget();
        return "The model is as it was";
      }),
  };
}
