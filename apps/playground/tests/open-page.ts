// Builds the page, serves it, and opens it in Chromium with a microphone that plays a recording.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import axe from "axe-core";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright";
import { preview, type PreviewServer } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
export const EXAMPLES = here("../../../examples/audio/");
export const MODEL = here("../../../models/en-tiny/");

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

export async function startSite(): Promise<Site> {
  const root = here("..");
  const env = { ...process.env, NODE_ENV: "production" }; // here it is "test", for which Vite builds another page
  await promisify(execFile)("npx", ["vite", "build", "--logLevel", "error"], { cwd: root, env });
  const server: PreviewServer = await preview({
    root,
    logLevel: "error",
    preview: { port: 0, host: "127.0.0.1" },
  });
  const browser = await chromium.launch({ executablePath: process.env["CHROMIUM"]!, args: ARGS }); // set by vitest.config.ts
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

/** Opens the page and waits for the shipped model. */
export async function openPage(
  { address, browser }: Site,
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<{ page: Page; context: BrowserContext }> {
  const context = await browser.newContext({ viewport: { width: 1100, height: 1400 }, ...options });
  const page = await context.newPage();
  await page.goto(address);
  return { page, context };
}

/** Waits until a model is open and says what it runs on. */
export async function ready(page: Page): Promise<string> {
  const line = page.locator(".notes").filter({ hasText: "Ready:" });
  await line.waitFor({ timeout: 60_000 });
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
