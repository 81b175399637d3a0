// A client component: the worker is started when the page is in a browser.
"use client";

import { useEffect, useState } from "react";
import { connectRecognizer } from "@wav2vec/asr-worker";

export default function Page() {
  const [text, setText] = useState("…");
  useEffect(() => {
    const opened = connectRecognizer({
      startWorker: () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" }),
      model: new URL("/en-tiny/", location.href).href,
    });
    const transcribe = async () => {
      const recording = await (await fetch("/audio/command.wav")).blob();
      const { transcript } = await (await opened).transcribe(recording);
      setText(transcript.text);
    };
    transcribe().catch((error) => setText(String(error)));
    return () => void opened.then((recognizer) => recognizer.dispose());
  }, []);
  return (
    <main>
      <audio controls src="/audio/command.wav" />
      <p id="text">{text}</p>
    </main>
  );
}
