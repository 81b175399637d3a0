// Serves the built page, and opens it in Chromium with a microphone that plays a recording.
import { fileURLToPath } from "node:url";
import axe from "axe-core";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright";
import { preview, type PreviewServer } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
export const EXAMPLES = here("../../../examples/audio/");
export const WORDS = here("../../../examples/words/");
export const MODEL = here("../../../models/en-tiny/");

const NO_GPU = ["--no-sandbox", "--disable-features=WebGPU"];
const ARGS = [
  "--no-sandbox",
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--use-vulkan=swiftshader",
  "--enable-features=Vulkan",
  "--use-fake-device-for-media-stream",
  `--use-file-for-fake-audio-capture=${EXAMPLES}digits.wav`,
  "--autoplay-policy=no-user-gesture-required",
];

/** The page, ready to be opened. */
export interface Site {
  readonly address: string;
  readonly browser: Browser;
  close(): Promise<void>;
  /** The server alone: what a page does without a network. */
  stopServer(): Promise<void>;
}

/** @param hasWebGpu whether the browser has it */
export async function startSite({ hasWebGpu = true } = {}): Promise<Site> {
  const root = here("..");
  const server: PreviewServer = await preview({
    root,
    logLevel: "error",
    preview: { port: 0, host: "127.0.0.1" },
  });
  const browser = await chromium.launch({
    executablePath: process.env["CHROMIUM"]!,
    args: hasWebGpu ? ARGS : NO_GPU,
  }); // set by vitest.config.ts
  const stopServer = () =>
    new Promise<void>((resolve) => {
      const { httpServer } = server;
      if ("closeAllConnections" in httpServer) httpServer.closeAllConnections();
      httpServer.close(() => resolve());
    });
  return {
    address: server.resolvedUrls!.local[0]!, // it listens
    browser,
    stopServer,
    async close() {
      await browser.close();
      await stopServer();
    },
  };
}

/** How the browser is set up, and what happens before the page is opened. */
export type OpenOptions = NonNullable<Parameters<Browser["newContext"]>[0]> & {
  readonly prepare?: (page: Page) => Promise<unknown>;
};

/** Opens the page. */
export async function openPage(
  { address, browser }: Site,
  { prepare, ...options }: OpenOptions = {},
): Promise<{ page: Page; context: BrowserContext }> {
  const context = await browser.newContext({ viewport: { width: 1100, height: 1400 }, ...options });
  const page = await context.newPage();
  await prepare?.(page);
  await page.goto(address);
  return { page, context };
}

/** Opens the shipped model on WASM, which is fast on machines without a graphics card. */
export async function openOnWasm(
  site: Site,
  options?: OpenOptions,
): Promise<{ page: Page; context: BrowserContext }> {
  const opened = await openPage(site, options);
  const { page } = opened;
  await page.getByLabel("Computes on").selectOption("wasm");
  await page.getByRole("button", { name: "Open model" }).click();
  await ready(page, "on WASM");
  return opened;
}

/** Waits until a model is open and says what it runs on. */
export async function ready(page: Page, what = ""): Promise<string> {
  const line = page
    .locator(".notes")
    .filter({ hasText: /Ready:/ })
    .filter({ hasText: what });
  await line.waitFor({ timeout: 400_000 }); // a software GPU on a busy machine
  return line.innerText();
}

/** Writes a picture if the variable SCREENSHOTS names a folder. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env["SCREENSHOTS"];
  if (folder) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}

/** Accessibility faults that axe calls serious or critical, as text. */
export async function seriousFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run()); // the line above defines it
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
}
