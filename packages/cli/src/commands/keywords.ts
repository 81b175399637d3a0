// `wav2vec keywords`: where words are said.
import { createKeywordSpotter } from "@wav2vec/intent";
import { loadBackend, type BackendName } from "../backend.js";
import { eachRecording } from "./each-recording.js";
import { openModel } from "./open-model.js";

/** Options of the command, as the command line gives them. */
export interface KeywordsOptions {
  readonly find: readonly string[];
  readonly model?: string;
  readonly threshold: number;
  readonly insideWords?: true;
  readonly format: "text" | "json";
  readonly backend: BackendName;
  readonly threads?: number;
  readonly offline?: true;
  readonly quiet?: true;
}

/** @returns the exit code: 1 if any recording failed */
export async function keywords(names: readonly string[], options: KeywordsOptions): Promise<number> {
  return eachRecording(names, options, async (progress) => {
    const checkpoint = await openModel(options.model, options.offline, progress);
    const backend = await loadBackend(options.backend, options.threads);
    const spotter = await createKeywordSpotter({ model: checkpoint, backend });
    return {
      async work({ source }) {
        const { threshold, insideWords } = options;
        const hits = await spotter.search(source, options.find, {
          threshold,
          wholeWords: !insideWords,
          onWarning: (text) => progress.message(`wav2vec: ${text}`),
        });
        const lines = hits.map(({ keyword, start, end, confidence }) => [
          start.toFixed(2),
          end.toFixed(2),
          keyword,
          confidence.toFixed(4),
        ]);
        return { lines, json: { keywords: hits } };
      },
      async dispose() {
        spotter.dispose();
        await checkpoint.close();
      },
    };
  });
}
