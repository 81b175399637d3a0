// A page of this folder in a real Chromium: isolated, so that WASM has threads, and with a software GPU where there is none.
import { createReadStream, existsSync, statSync } from "node:fs";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium, type Page } from "playwright";
import { createServer, type Plugin } from "vite";

const EXECUTABLE = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const SOFTWARE_GPU = [
  "--no-sandbox",
  "--js-flags=--expose-gc",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--ignore-gpu-blocklist",
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--use-vulkan=swiftshader",
  "--enable-features=Vulkan",
  "--enable-precise-memory-info",
];

export interface OpenPage {
  readonly page: Page;
  /** Of the server, without a slash at its end. */
  readonly origin: string;
  /** Version of the browser. */
  readonly version: string;
  close(): Promise<void>;
}

/**
 * @param path of the page below tools/bench, e.g. "parity/index.html"
 * @param folders served at their key, e.g. { "/models": "/tmp/models" }
 * @throws Error if there is no Chromium
 */
export async function openPage(path: string, folders: Readonly<Record<string, string>>): Promise<OpenPage> {
  if (!existsSync(EXECUTABLE))
    throw new Error(`browser: no Chromium at ${EXECUTABLE}; install it, or set CHROMIUM to its path`);
  const server = await createServer({
    root: fileURLToPath(new URL("..", import.meta.url)),
    configFile: false,
    logLevel: "error",
    resolve: { conditions: ["@wav2vec/source", "module", "browser", "default"] },
    server: {
      fs: { strict: false },
      hmr: false,
      headers: {
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
      },
    },
    optimizeDeps: { exclude: ["onnxruntime-web"], entries: [path] },
    plugins: [serveFolders(folders)],
  });
  await server.listen();
  const origin = server.resolvedUrls!.local[0]!.replace(/\/$/, ""); // it listens
  const browser = await chromium.launch({ executablePath: EXECUTABLE, args: SOFTWARE_GPU });
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(`page: ${error.message}`));
  page.setDefaultTimeout(0); // measuring takes as long as it takes
  await page.goto(`${origin}/${path}`, { waitUntil: "commit" });
  await page.waitForFunction("window.isReady", undefined, { polling: 100 });
  return {
    page,
    origin,
    version: browser.version(),
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

function serveFolders(folders: Readonly<Record<string, string>>): Plugin {
  return {
    name: "serve-folders",
    configureServer({ middlewares }) {
      for (const [prefix, folder] of Object.entries(folders))
        middlewares.use(prefix, (request, response) => {
          const path = join(folder, normalize(decodeURIComponent((request.url ?? "/").split("?")[0]!)));
          if (!existsSync(path) || !statSync(path).isFile()) {
            response.statusCode = 404;
            response.end();
            return;
          }
          const { size } = statSync(path);
          const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
          const start = Number(from ?? 0);
          const end = to ? Number(to) : size - 1;
          response.statusCode = from === undefined ? 200 : 206;
          if (from !== undefined) response.setHeader("Content-Range", `bytes ${start}-${end}/${size}`);
          response.setHeader("Content-Length", end - start + 1);
          response.setHeader("Accept-Ranges", "bytes");
          response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
          response.setHeader("Cross-Origin-Embedder-Policy", "require-corp"); // scripts of workers need it themselves
          response.setHeader("Content-Type", TYPES[extname(path)] ?? "application/octet-stream");
          createReadStream(path, { start, end }).pipe(response);
        });
    },
  };
}

const TYPES: Readonly<Record<string, string>> = {
  ".json": "application/json",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};
