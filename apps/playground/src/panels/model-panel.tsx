// Which model, and what computes; what the browser keeps.
import type { OpenRequest } from "@wav2vec/asr-worker";
import { pageThreads } from "@wav2vec/backend-ort";
import { forgetModel, keptModels, type KeptModel } from "@wav2vec/checkpoints";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { useDrop } from "../dropped-files.js";
import { megabytes, type ModelState } from "../use-recognizer.js";

/** The small model of this repository, on the page's own server. */
export const SHIPPED = new URL("./models/en-tiny/", location.href).href;

/** What the page calls it. */
export const SHIPPED_LABEL = "en-tiny";

/** Another Hub, such as a mirror: `?endpoint=https://hub.example` in the page's address. */
const ENDPOINT = new URLSearchParams(location.search).get("endpoint");

type Place = "shipped" | "hub" | "folder" | "zip";

interface Props {
  readonly state: ModelState;
  /** Whether a model may be opened now. */
  readonly isFree: boolean;
  /** Whether the page hears with a model that was taught here. */
  readonly isTaught: boolean;
  readonly onOpen: (request: OpenRequest, label: string) => void;
  readonly onError: (error: unknown) => void;
}

export function ModelPanel({ state, isFree, isTaught, onOpen, onError }: Props) {
  const [place, setPlace] = useState<Place>("shipped");
  const [hubId, setHubId] = useState("facebook/wav2vec2-base-960h");
  const [backend, setBackend] = useState("");
  const [kept, setKept] = useState<readonly KeptModel[]>([]);
  const folder = useRef<HTMLInputElement>(null);
  const id = useId();
  const refresh = () => void keptModels().then(setKept);
  useEffect(refresh, [state.kind]);

  const how = backend ? { backend } : {};
  const openFiles = (files: readonly File[]) => isFree && onOpen({ ...how, model: files }, labelOf(files));
  const drop = useDrop(openFiles, onError);
  const submit = (event: Event) => {
    event.preventDefault();
    if (place === "shipped") onOpen({ ...how, model: SHIPPED }, SHIPPED_LABEL);
    else if (place === "hub")
      onOpen({ ...how, model: hubId.trim(), ...(ENDPOINT && { endpoint: ENDPOINT }) }, hubId.trim());
    else openFiles([...(folder.current?.files ?? [])]);
  };

  return (
    <section aria-labelledby={`${id}-heading`} class={drop.isOver ? "drop over" : "drop"} {...drop.handlers}>
      <h2 id={`${id}-heading`}>Model</h2>
      <form onSubmit={submit} class="row">
        <label>
          Model from
          <select value={place} onChange={(event) => setPlace(event.currentTarget.value as Place)}>
            <option value="shipped">this page (small English, 11 MB)</option>
            <option value="hub">Hugging Face Hub</option>
            <option value="folder">a folder on this computer</option>
            <option value="zip">a zip file that this page saved</option>
          </select>
        </label>
        {place === "hub" && (
          <label>
            Hub id
            <input
              value={hubId}
              onInput={(event) => setHubId(event.currentTarget.value)}
              required
              pattern="[\w.\-]+(/[\w.\-]+)?"
            />
          </label>
        )}
        {(place === "folder" || place === "zip") && (
          <label key={place}>
            {place === "folder" ? "Model folder" : "Zip file"}, or drop it here
            {place === "folder" ? (
              <input type="file" ref={folder} required multiple {...{ webkitdirectory: true }} />
            ) : (
              <input type="file" ref={folder} required accept=".zip" />
            )}
          </label>
        )}
        <label>
          Computes on
          <select value={backend} onChange={(event) => setBackend(event.currentTarget.value)}>
            <option value="">the best there is</option>
            <option value="webgpu">WebGPU</option>
            <option value="wasm">WASM</option>
          </select>
        </label>
        <button type="submit" disabled={!isFree}>
          Open model
        </button>
      </form>
      <ModelLine state={state} isTaught={isTaught} />
      {kept.length > 0 && (
        <details>
          <summary>
            Kept in this browser: {megabytes(kept.reduce((sum, { bytes }) => sum + bytes, 0))}
          </summary>
          <ul>
            {kept.map(({ source, bytes, isPartial }) => (
              <li key={source}>
                {source} ({megabytes(bytes)}
                {isPartial ? ", unfinished" : ""}){" "}
                <button
                  type="button"
                  onClick={() => void forgetModel(source).then(refresh)}
                  aria-label={`Forget ${source}`}
                >
                  Forget
                </button>
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

/** Name of the folder or the file that was chosen. */
function labelOf(files: readonly File[]): string {
  const [first] = files;
  return first?.webkitRelativePath.split("/")[0] || first?.name.replace(/\.zip$/i, "") || "files";
}

function ModelLine({ state, isTaught }: { state: ModelState; isTaught: boolean }) {
  if (state.kind === "failed")
    return (
      <p role="alert" class="problem">
        {state.message}
      </p>
    );
  if (state.kind === "opening")
    return (
      <p>
        <label>
          {state.message} <progress value={state.fraction} max={1} />
        </label>
      </p>
    );
  const { backend, notes, license } = state.recognizer.model;
  const threads = pageThreads();
  return (
    <div class="notes">
      <p>
        <strong>Ready:</strong> {state.label}
        {isTaught ? ", taught here," : ""} on{" "}
        {backend === "wasm"
          ? `WASM, ${threads.threads === 1 ? "1 thread" : `${threads.threads} threads`}`
          : "WebGPU"}
        {license ? `, licence ${license}` : ""}
        {state.restarts > 0 ? `, started again ${state.restarts} times` : ""}
      </p>
      {[...notes, ...(backend === "wasm" && threads.note ? [threads.note] : [])].map((note) => (
        <p key={note} class="note">
          {note}
        </p>
      ))}
    </div>
  );
}
