// The recogniser of the page: opens models one after the other and tells how far it is.
import { connectRecognizer, type OpenRequest, type WorkerRecognizer } from "@wav2vec/asr-worker";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";

/** What is open. */
export type ModelState =
  | { readonly kind: "opening"; readonly message: string; readonly fraction: number | undefined }
  | {
      readonly kind: "ready";
      readonly recognizer: WorkerRecognizer;
      /** What the visitor calls the model. */
      readonly label: string;
      readonly restarts: number;
      /** Whether the graphics device was lost and the worker starts again. */
      readonly isRestarting: boolean;
    }
  | { readonly kind: "failed"; readonly message: string };

const startWorker = () => new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });

/** Text of anything thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export function useRecognizer(): { state: ModelState; open: (request: OpenRequest, label: string) => void } {
  const [state, setState] = useState<ModelState>({
    kind: "opening",
    message: "Starting",
    fraction: undefined,
  });
  const current = useRef<WorkerRecognizer | undefined>(undefined);
  const turn = useRef(0);

  const open = useCallback((request: OpenRequest, label: string) => {
    const mine = ++turn.current;
    const isMine = () => mine === turn.current;
    current.current?.dispose();
    current.current = undefined;
    setState({ kind: "opening", message: "Opening the model", fraction: undefined });
    const work = async () => {
      await offlineReady();
      const recognizer = await connectRecognizer({
        ...request,
        startWorker,
        onProgress: ({ file, loaded, total }) => {
          if (isMine())
            setState({
              kind: "opening",
              message: `Fetching ${file}, ${megabytes(loaded)}${total === undefined ? "" : ` of ${megabytes(total)}`}`,
              fraction: total === undefined ? undefined : loaded / total,
            });
        },
        onLost: () => setState((old) => (old.kind === "ready" ? { ...old, isRestarting: true } : old)),
        onRestart: () =>
          setState((old) =>
            old.kind === "ready" ? { ...old, restarts: old.restarts + 1, isRestarting: false } : old,
          ),
      });
      if (!isMine()) return recognizer.dispose();
      current.current = recognizer;
      setState({ kind: "ready", recognizer, label, restarts: 0, isRestarting: false });
    };
    work().catch((error: unknown) => isMine() && setState({ kind: "failed", message: messageOf(error) }));
  }, []);

  useEffect(() => () => current.current?.dispose(), []);
  return { state, open };
}

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** The runtime is fetched through the service worker once that is there, so that it is kept for offline use. */
async function offlineReady(): Promise<void> {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  const patience = new Promise((resolve) => setTimeout(resolve, 3000));
  await Promise.race([navigator.serviceWorker.ready, patience]);
}
