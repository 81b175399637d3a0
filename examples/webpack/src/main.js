// The page: a worker hears the recording, and the page writes what it heard.
import { connectRecognizer } from "@wav2vec/asr-worker";

const shown = document.querySelector("#text");
const recognizer = await connectRecognizer({
  startWorker: () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" }),
  model: new URL("/en-tiny/", location.href).href,
  onProgress: ({ file, loaded, total }) => (shown.textContent = `${file}: ${loaded} of ${total} bytes`),
});
const recording = await (await fetch("/audio/command.wav")).blob();
const { transcript } = await recognizer.transcribe(recording);
shown.textContent = transcript.text;
