import { readFile } from "node:fs/promises";
import type { BrowserContext, Page } from "playwright";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startHub, type HubServer } from "../../../packages/checkpoints/src/fixtures/hub-server.js";
import { EXAMPLES, MODEL, openOnWasm, openPage, picture, ready, seriousFaults, startSite, WORDS, type OpenOptions, type Site } from "./open-page.js"; // prettier-ignore
import { say, silenceMicrophone } from "./silent-microphone.js";

const TEXT = "SEVEN THREE ONE EIGHT TWO FOUR";
/** A software GPU on a busy machine. */
const SLOW = { timeout: 400_000 };

let site: Site;
let context: BrowserContext | undefined;
beforeAll(async () => void (site = await startSite()));
afterAll(() => site.close());
afterEach(async () => void (await context?.close()));

async function open(options?: OpenOptions, where = site): Promise<Page> {
  const opened = await openPage(where, options);
  context = opened.context;
  return opened.page;
}

async function transcribe(page: Page): Promise<string> {
  await page.getByLabel("Drop a recording here").setInputFiles(`${EXAMPLES}digits.wav`);
  await page.getByText(/transcribed in .* on this machine/).waitFor({ timeout: 200_000 });
  return (await page.getByTestId("transcript").innerText()).trim();
}

describe("a model of the Hub", () => {
  let hub: HubServer;
  beforeAll(async () => {
    const names = ["config.json", "preprocessor_config.json", "tokenizer_config.json", "vocab.json", "model.safetensors"]; // prettier-ignore
    const files = new Map(await Promise.all(names.map(async (name) => [name, await readFile(MODEL + name)] as const))); // prettier-ignore
    hub = await startHub(files, ["model.safetensors"]);
  });
  afterAll(() => hub.close());

  const storageRanges = () => hub.seen.filter(({ to, method }) => to === "storage" && method === "GET").map(({ range }) => range); // prettier-ignore
  const openHere = async (page: Page, id: string) => {
    await page.getByLabel("Model from").selectOption("hub");
    await page.getByLabel("Hub id").fill(id);
    await page.getByRole("button", { name: "Open model" }).click();
  };

  it("is opened by its id; a download that is cut goes on where it was cut", async () => {
    Object.assign(hub.behaviour, { drops: 2, dropAfter: 3_000_000 });
    const opened = await openOnWasm({ ...site, address: `${site.address}?endpoint=${hub.endpoint}` });
    ({ context } = opened);
    const { page } = opened;
    await openHere(page, "org/model");
    await ready(page, "org/model on WASM");
    expect(storageRanges()).toEqual([undefined, "bytes=3000000-", "bytes=6000000-"]);
    expect(await transcribe(page)).toBe(TEXT);
    await openHere(page, "org/nothing");
    await page.getByRole("alert").filter({ hasText: "org/nothing" }).waitFor();
  });

  it("is fetched once for two tabs that open it at once", async () => {
    Object.assign(hub.behaviour, { drops: 0 });
    hub.seen.length = 0;
    const where = { ...site, address: `${site.address}?endpoint=${hub.endpoint}` };
    const opened = await openOnWasm(where);
    ({ context } = opened);
    const second = await context.newPage();
    await second.goto(where.address);
    await second.getByLabel("Computes on").selectOption("wasm");
    await Promise.all([openHere(opened.page, "org/model"), openHere(second, "org/model")]);
    await Promise.all([ready(opened.page, "org/model on WASM"), ready(second, "org/model on WASM")]);
    expect(storageRanges()).toEqual([undefined]);
    expect(await Promise.all([transcribe(opened.page), transcribe(second)])).toEqual([TEXT, TEXT]);
  });
});

describe("a browser", () => {
  it("without WebGPU computes on WASM, and the page says why", async () => {
    const bare = await startSite({ hasWebGpu: false });
    try {
      const page = await open({}, bare);
      await ready(page, "on WASM");
      await page
        .locator(".note")
        .filter({ hasText: /webgpu does not start \(.+\); using wasm/ })
        .waitFor();
      expect(await transcribe(page)).toBe(TEXT);
      await picture(page, "no-webgpu");
    } finally {
      await bare.close();
    }
  });

  it("whose disk is full uses the model all the same, and says that it is not kept", async () => {
    const prepare = async (page: Page) => {
      const devtools = await page.context().newCDPSession(page);
      const origin = new URL(site.address).origin;
      await devtools.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 3_000_000 });
    };
    const opened = await openOnWasm(site, { prepare });
    ({ context } = opened);
    const { page } = opened;
    await page.locator(".note").filter({ hasText: "the browser has no room to keep the model (QuotaExceededError)" }).waitFor(); // prettier-ignore
    expect(await transcribe(page)).toBe(TEXT);
    expect(await page.locator(".note").count()).toBe(1); // each file of the model was refused; it is said once
    await picture(page, "disk-full");
  });

  it("that does not isolate the page says why there is one thread", async () => {
    const prepare = (page: Page) =>
      page.route(site.address, async (route) => {
        const response = await route.fetch();
        const headers = Object.fromEntries(Object.entries(response.headers()).filter(([name]) => !name.startsWith("cross-origin"))); // prettier-ignore
        await route.fulfill({ response, headers });
      });
    const opened = await openOnWasm(site, { serviceWorkers: "block", prepare });
    ({ context } = opened);
    const { page } = opened;
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
    await page.locator(".note").filter({ hasText: /one thread: this page is not cross-origin isolated; .*Cross-Origin-Opener-Policy/ }).waitFor(); // prettier-ignore
    expect(await transcribe(page)).toBe(TEXT);
  });

  it("that loses its graphics device starts again and answers", async () => {
    const own = await startSite(); // its graphics process ends
    try {
      const page = await open({}, own);
      await ready(page, "on WebGPU");
      await (await own.browser.newBrowserCDPSession()).send("Browser.crashGpuProcess");
      await page.waitForTimeout(1000);
      await page.getByLabel("Drop a recording here").setInputFiles(`${EXAMPLES}command.wav`);
      await ready(page, "started again 1 times");
      await page.getByText(/transcribed in .* on this machine/).waitFor({ timeout: 240_000 });
      expect((await page.getByTestId("transcript").innerText()).trim()).toBe("ENTER SIXTY SEVEN");
    } finally {
      await own.close();
    }
  }, 600_000);

  it("that loses its graphics device says that the taught model is not in use, and learns it again when asked", async () => {
    const own = await startSite(); // its graphics process ends
    try {
      const page = await open({}, own);
      await ready(page, "on WebGPU");
      const panel = page.getByRole("region", { name: "Teach it your words" });
      const files = ["lights-on-1.wav", "lights-on-1.txt"].map((name) => `${WORDS}${name}`);
      await panel.getByLabel("Drop labelled clips here").setInputFiles(files);
      await panel.getByLabel("What learns").selectOption("head");
      await panel.getByLabel("Repeat what the model knows").uncheck();
      await panel.getByRole("spinbutton", { name: "Updates" }).fill("1");
      await panel.getByRole("button", { name: "Teach", exact: true }).click();
      await panel.getByRole("status").filter({ hasText: "Learnt" }).waitFor(SLOW);
      await panel.getByLabel("Use the taught model everywhere").click(); // checked when the worker has it
      await page.getByText("taught here").waitFor();
      await (await own.browser.newBrowserCDPSession()).send("Browser.crashGpuProcess");
      await page.waitForTimeout(1000);
      await page.getByLabel("Drop a recording here").setInputFiles(`${EXAMPLES}command.wav`);
      await panel.getByRole("status").filter({ hasText: "The graphics device was lost" }).waitFor(SLOW);
      expect(await ready(page, "started again 1 times")).not.toContain("taught here");
      await page.getByText(/transcribed in .* on this machine/).waitFor(SLOW);
      await panel.getByLabel("Use the taught model everywhere").click();
      await panel.getByRole("status").filter({ hasText: "now hears with the taught model" }).waitFor(SLOW);
      await page.getByText("taught here").waitFor();
      await picture(page, "lesson-again");
    } finally {
      await own.close();
    }
  }, 1_200_000);

  it("that loses its graphics device while it listens goes on with the text", async () => {
    const own = await startSite(); // its graphics process ends
    try {
      const page = await open({ permissions: ["microphone"], prepare: silenceMicrophone }, own);
      await ready(page, "on WebGPU");
      const [text, note] = [page.getByTestId("live"), page.getByTestId("live-note")];
      await page.getByRole("button", { name: "Record", exact: true }).click();
      await page.getByRole("heading", { name: "Live" }).waitFor();
      await say(page, 0, 1);
      await text.filter({ hasText: "SEVEN" }).waitFor(SLOW);
      expect(await note.innerText()).toBe("");
      await (await own.browser.newBrowserCDPSession()).send("Browser.crashGpuProcess");
      await say(page, 1, 3);
      await note.filter({ hasText: "the model starts again, and what is said meanwhile is kept" }).waitFor(SLOW); // prettier-ignore
      await picture(page, "live-lost");
      await note.filter({ hasText: "the text goes on, nothing is missing" }).waitFor(SLOW);
      await text.filter({ hasText: TEXT }).waitFor(SLOW);
      await page.getByTestId("latency").filter({ hasText: "2.6 s heard" }).waitFor();
      expect(await page.getByRole("alert").count()).toBe(0);
      await picture(page, "live-goes-on");
      expect(await seriousFaults(page)).toEqual([]);
    } finally {
      await own.close();
    }
  }, 1_200_000);
});
