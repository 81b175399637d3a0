// Opens built pages in a real Chromium and waits for the text that they must show.
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, extname, join, normalize } from "node:path";
import { build } from "esbuild";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".wasm": "application/wasm",
  ".wav": "audio/wav",
};

/**
 * @param {{ name: string, folder: string }[]} pages each with an index.html
 * @param {{ text: string, packages: string }} expected what `#text` of each must become; the folder served as `/npm/`
 * @param {(name: string, work: () => Promise<void>) => Promise<unknown>} attempt runs one page's check
 * @returns {Promise<string>} what could not be done here, or ""
 */
export async function openPages(pages, { text, packages }, attempt) {
  if (!existsSync(executablePath))
    return `pages were not opened: no Chromium at ${executablePath}; set CHROMIUM`;
  const { chromium } = await import("playwright");
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  for (const { name, folder } of pages) {
    await attempt(name, async () => {
      const server = serve(folder, packages);
      const page = await browser.newPage();
      const said = [];
      page.on("console", (message) => message.type() === "error" && said.push(message.text()));
      page.on("pageerror", (error) => said.push(error.message));
      try {
        await page.goto(`http://localhost:${await port(server)}/`);
        await page.getByText(text, { exact: true }).waitFor({ timeout: 180_000 });
      } catch (error) {
        const shown = await page
          .locator("#text")
          .textContent({ timeout: 1000 })
          .catch(() => "nothing");
        throw new Error(`the page shows "${shown}"; expected "${text}"; it said ${said.join("; ")}`, {
          cause: error,
        });
      } finally {
        await page.close();
        server.close();
      }
    });
  }
  await browser.close();
  return "";
}

/** Files of a folder and, as a CDN has them, of packages: `/npm/NAME/FILE`, and `/npm/NAME/+esm` in one module. */
function serve(folder, packages) {
  return createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://localhost").pathname));
    const bundled = /^\/npm\/(.+)\/\+esm$/.exec(path)?.[1];
    if (bundled) {
      const code = await oneModule(bundled, packages);
      response.writeHead(200, { "Content-Type": TYPES[".js"] }).end(code);
      return;
    }
    const file = path.startsWith("/npm/") ? join(packages, path.slice(5)) : join(folder, path);
    const found = existsSync(file) && statSync(file).isDirectory() ? join(file, "index.html") : file;
    if (!existsSync(found)) return void response.writeHead(404).end();
    response.writeHead(200, { "Content-Type": TYPES[extname(found)] ?? "application/octet-stream" });
    createReadStream(found).pipe(response);
  });
}

/** A package with all that it depends on but its siblings, which stay imports. */
async function oneModule(name, packages) {
  const { outputFiles } = await build({
    stdin: { contents: `export * from ${JSON.stringify(name)};`, resolveDir: dirname(packages) },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    plugins: [
      {
        name: "siblings",
        setup: ({ onResolve }) =>
          onResolve({ filter: /^@wav2vec\// }, ({ path }) =>
            path === name ? undefined : { path, external: true },
          ),
      },
    ],
    write: false,
    logLevel: "error",
  });
  return outputFiles[0].contents;
}

const port = (server) => new Promise((resolve) => server.listen(0, () => resolve(server.address().port)));
