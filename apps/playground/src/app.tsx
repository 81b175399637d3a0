// The page: one recording, one model, and everything that can be done with both.
import type { Emissions, TimedText } from "@wav2vec/decoders";
import { writeWav } from "@wav2vec/audio";
import type { OpenRequest } from "@wav2vec/asr-worker";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { startLive, type LiveRecording, type LiveView } from "./audio/live-session.js";
import { AlignPanel } from "./panels/align-panel.js";
import { Downloads } from "./panels/downloads.js";
import { Heatmap } from "./panels/heatmap.js";
import { LivePanel } from "./panels/live-panel.js";
import { ModelPanel, SHIPPED, SHIPPED_LABEL } from "./panels/model-panel.js";
import { SourcePanel } from "./panels/source-panel.js";
import { TranscriptView } from "./panels/transcript-view.js";
import { Waveform, type Player } from "./panels/waveform.js";
import { TeachPanel } from "./teach/teach-panel.js";
import { moveWord } from "./timed-words.js";
import { messageOf, useRecognizer } from "./use-recognizer.js";

/** A recording as the page holds it. */
interface Clip {
  readonly name: string;
  readonly samples: Float32Array;
  readonly wav: Blob;
}

export function App() {
  const { state, open } = useRecognizer();
  const [clip, setClip] = useState<Clip>();
  const [text, setText] = useState<TimedText>();
  const [emissions, setEmissions] = useState<Emissions>();
  const [status, setStatus] = useState("");
  const [problem, setProblem] = useState("");
  const [time, setTime] = useState(0);
  const [live, setLive] = useState<LiveView>();
  const [isTeaching, setIsTeaching] = useState(false);
  const [isTaught, setIsTaught] = useState(false);
  const recording = useRef<LiveRecording | undefined>(undefined);
  const running = useRef<AbortController | undefined>(undefined);
  const player = useRef<Player | undefined>(undefined);

  useEffect(() => open({ model: SHIPPED }, SHIPPED_LABEL), [open]);
  const recognizer = state.kind === "ready" ? state.recognizer : undefined;

  const attempt = useCallback(async (what: string, work: () => Promise<string>) => {
    setProblem("");
    setStatus(what);
    try {
      setStatus(await work());
    } catch (error) {
      setStatus("");
      if (!(error instanceof DOMException && error.name === "AbortError")) setProblem(messageOf(error));
    }
  }, []);

  const transcribe = async (name: string, samples: Float32Array): Promise<string> => {
    running.current?.abort(new DOMException("replaced", "AbortError"));
    const controller = (running.current = new AbortController());
    setClip({ name, samples, wav: new Blob([writeWav(samples)], { type: "audio/wav" }) });
    setText(undefined);
    setEmissions(undefined);
    const begun = performance.now();
    const heard = await recognizer!.transcribe(samples, {
      signal: controller.signal,
      windowSeconds: 5,
      onPartial: (partial) => !controller.signal.aborted && setText(partial),
      onProgress: ({ secondsDone }) => setStatus(`Transcribing ${name}: ${secondsDone.toFixed(0)} s done`),
    });
    setText(heard.transcript);
    setEmissions(heard.emissions);
    const seconds = (performance.now() - begun) / 1000;
    return `${heard.transcript.durationSeconds.toFixed(1)} s of speech transcribed in ${seconds.toFixed(2)} s on this machine`;
  };

  const openFile = (file: File) =>
    attempt(`Reading ${file.name}`, async () => transcribe(file.name, await recognizer!.decode(file)));

  const openExample = (name: string) =>
    attempt(`Reading ${name}`, async () => {
      const answer = await fetch(`./examples/${name}`);
      if (!answer.ok) throw new Error(`${name}: the server answered ${answer.status}; reload the page`);
      return transcribe(name, await recognizer!.decode(await answer.arrayBuffer()));
    });

  const record = () =>
    attempt("Listening", async () => {
      const fail = (error: unknown) =>
        setProblem(`${messageOf(error)}\nThe recording goes on; its text comes when it is stopped.`);
      recording.current = await startLive(recognizer!, setLive, fail);
      setLive({
        transcript: { text: "", segments: [], durationSeconds: 0 },
        stableWords: 0,
        secondsHeard: 0,
        computeMs: 0,
        latencyMs: 0,
      });
      return "Listening";
    });

  const stopRecording = () =>
    attempt("Finishing", async () => {
      const samples = await recording.current!.stop(); // the button is there only while recording
      recording.current = undefined;
      setLive(undefined);
      return transcribe("recording.wav", samples);
    });

  const align = (wanted: string) =>
    attempt("Aligning", async () => {
      const aligned = await recognizer!.align(wanted);
      setText(aligned);
      const left = aligned.unspoken.length > 0 ? `; not said: ${aligned.unspoken.join(" ")}` : "";
      return `Text aligned${left}`;
    });

  const move = (word: number, start: number, end: number) =>
    setText((old) => old && moveWord(old, word, start, end));

  const pick = (request: OpenRequest, label: string) => {
    running.current?.abort(new DOMException("replaced", "AbortError"));
    setText(undefined);
    setEmissions(undefined);
    open(request, label);
  };

  const isReady = recognizer !== undefined && live === undefined && !isTeaching;
  return (
    <main>
      <header>
        <h1>wav2vec playground</h1>
        <p>
          Speech to text with times, and text onto speech. Everything runs in this page; nothing is uploaded.
        </p>
      </header>
      <ModelPanel
        state={state}
        isFree={live === undefined && !isTeaching}
        isTaught={isTaught}
        onOpen={pick}
        onError={(error) => setProblem(messageOf(error))}
      />
      <SourcePanel
        isReady={isReady}
        isRecording={live !== undefined}
        onFile={openFile}
        onExample={openExample}
        onRecord={record}
        onStop={stopRecording}
      />
      <p role="status" class="status">
        {status}
      </p>
      {problem && (
        <p role="alert" class="problem">
          {problem}
        </p>
      )}
      {live && state.kind === "ready" && (
        <LivePanel
          view={live}
          stream={recording.current?.stream}
          restarts={state.restarts}
          isRestarting={state.isRestarting && !problem}
        />
      )}
      {clip && !live && (
        <section aria-labelledby="recording-heading">
          <h2 id="recording-heading">{clip.name}</h2>
          <Waveform wav={clip.wav} text={text} player={player} onTime={setTime} onMove={move} />
          <TranscriptView
            text={text}
            time={time}
            onSeek={(seconds) => player.current?.seek(seconds)}
            onMove={move}
          />
          {emissions && recognizer && (
            <>
              <Heatmap
                emissions={emissions}
                tokens={recognizer.model.tokens}
                blank={recognizer.model.blank}
                secondsPerFrame={recognizer.model.secondsPerFrame}
                delay={recognizer.model.emissionDelay}
                time={time}
              />
              <AlignPanel onAlign={align} />
            </>
          )}
          {text && emissions && (
            <Downloads text={text} name={clip.name} durationSeconds={clip.samples.length / 16000} />
          )}
        </section>
      )}
      <TeachPanel
        recognizer={recognizer}
        isRestarting={state.kind === "ready" && state.isRestarting}
        label={state.kind === "ready" ? state.label : ""}
        knowsExamples={state.kind === "ready" && state.label === SHIPPED_LABEL}
        isReady={recognizer !== undefined && live === undefined}
        onBusy={setIsTeaching}
        onUse={setIsTaught}
      />
    </main>
  );
}
