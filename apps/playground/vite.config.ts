// Builds the page from the sources of the packages, with the shipped model beside it and a list for work without a network.
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Folders of the repository that are served beside the page, by address. */
const FOLDERS = {
  "models/en-tiny/": here("../../models/en-tiny/"),
  "examples/": here("../../examples/audio/"),
  "words/": here("../../examples/words/"),
};

/** Threads need an isolated page: https://developer.mozilla.org/docs/Web/API/Window/crossOriginIsolated */
const headers = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** Puts the model and the recordings of this repository beside the page. */
function repositoryFiles(): Plugin {
  return {
    name: "repository-files",
    configureServer({ middlewares }) {
      middlewares.use((request, response, next) => {
        const path = request.url?.split("?")[0]?.slice(1) ?? "";
        const [address, folder] = Object.entries(FOLDERS).find(([start]) => path.startsWith(start)) ?? [];
        if (address === undefined || folder === undefined) return next();
        const name = path.slice(address.length);
        if (!readdirSync(folder).includes(name)) return void response.writeHead(404).end();
        const bytes = readFileSync(folder + name);
        response.writeHead(200, { ...headers, "Content-Length": bytes.length, ETag: `"${bytes.length}"` });
        response.end(request.method === "HEAD" ? undefined : bytes);
      });
    },
    generateBundle() {
      for (const [address, folder] of Object.entries(FOLDERS))
        for (const name of readdirSync(folder))
          this.emitFile({ type: "asset", fileName: address + name, source: readFileSync(folder + name) });
    },
  };
}

/** Tells the service worker what belongs to the page. The runtime (wasm) is kept when it is first used: it is large. */
function offlineList(): Plugin {
  return {
    name: "offline-list",
    generateBundle(_options, bundle) {
      const names = Object.keys(bundle).filter(
        (name) => !name.endsWith(".wasm") && !name.startsWith("models/"),
      );
      const source = JSON.stringify([
        "./",
        ...names.filter((name) => name !== "index.html").map((name) => `./${name}`),
      ]);
      this.emitFile({ type: "asset", fileName: "offline-list.json", source });
    },
  };
}

export default defineConfig({
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  resolve: { conditions: ["@wav2vec/source", "module", "browser", "default"] },
  plugins: [repositoryFiles(), offlineList()],
  optimizeDeps: { exclude: ["onnxruntime-web"] },
  worker: { format: "es" },
  build: { target: "es2022" },
  server: { headers },
  preview: { headers },
});
