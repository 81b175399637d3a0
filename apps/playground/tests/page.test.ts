import { readFile } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { BrowserContext, Page } from "playwright";
import {
  EXAMPLES,
  MODEL,
  openPage,
  picture,
  ready,
  seriousFaults,
  startSite,
  type Site,
} from "./open-page.js";

const TEXT = "SEVEN THREE ONE EIGHT TWO FOUR";

let site: Site;
let context: BrowserContext | undefined;
beforeAll(async () => void (site = await startSite()));
afterAll(() => site.close());
afterEach(async () => void (await context?.close()));

async function open(options?: Parameters<typeof openPage>[1]): Promise<Page> {
  const opened = await openPage(site, options);
  context = opened.context;
  return opened.page;
}

/** Opens the shipped model on WASM, which is fast on machines without a graphics card. */
async function openOnWasm(options?: Parameters<typeof openPage>[1]): Promise<Page> {
  const page = await open(options);
  await page.getByLabel("Computes on").selectOption("wasm");
  await page.getByRole("button", { name: "Open model" }).click();
  expect(await ready(page)).toContain("on WASM");
  return page;
}

const words = (page: Page) => page.getByTestId("transcript").locator("button");
const said = async (page: Page) => (await words(page).allInnerTexts()).join(" ");
const transcribed = (page: Page) =>
  page.getByText(/transcribed in .* on this machine/).waitFor({ timeout: 60_000 });

describe("the page", () => {
  it("transcribes a file that is chosen, and saves it in four formats", async () => {
    const page = await openOnWasm();
    await page.getByLabel("Drop a recording here").setInputFiles(`${EXAMPLES}digits.wav`);
    await transcribed(page);
    expect(await said(page)).toBe(TEXT);
    await picture(page, "transcript-light");
    expect(await seriousFaults(page)).toEqual([]);
    for (const [name, expected] of [
      ["SRT", /00:00:00,\d+ --> 00:00:0\d,\d+\r?\nSEVEN THREE/],
      ["VTT", /^WEBVTT/],
      ["TextGrid", /"IntervalTier"[^]*text = "EIGHT"/],
      ["JSON", /"text": ?"SEVEN THREE/],
    ] as const) {
      const download = page.waitForEvent("download");
      await page.getByRole("button", { name: `Download ${name}` }).click();
      expect(await readFile(await (await download).path(), "utf8")).toMatch(expected);
    }
  });

  it("aligns a text, and moves a boundary that is dragged", async () => {
    const page = await openOnWasm();
    await page.getByRole("button", { name: "Try an example" }).click();
    await transcribed(page);
    await page.getByLabel("Text that was said").fill("seven three one eight two four");
    await page.getByRole("button", { name: "Align", exact: true }).click();
    await page.getByText("Text aligned").waitFor();
    expect(await said(page)).toBe(TEXT.toLowerCase());
    const before = await words(page).last().getAttribute("title");
    const edge = page.locator('[part~="region-handle-right"]').last();
    await edge.waitFor();
    const box = (await edge.boundingBox())!; // it is shown
    await page.mouse.move(box.x + box.width / 2, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x - 14, box.y + 20, { steps: 5 });
    await page.mouse.up();
    await expect.poll(() => words(page).last().getAttribute("title")).not.toBe(before);
    await picture(page, "aligned");
  });

  it("follows the sound word by word, and works with the keyboard", async () => {
    const page = await openOnWasm({ colorScheme: "dark" });
    await page.getByRole("button", { name: "Try an example" }).focus();
    await page.keyboard.press("Enter");
    await transcribed(page);
    await words(page).nth(3).focus();
    await page.keyboard.press("Enter");
    await page.locator('.word[aria-current="true"]', { hasText: "EIGHT" }).waitFor({ timeout: 10_000 });
    await picture(page, "karaoke-dark");
    expect(await seriousFaults(page)).toEqual([]);
  });

  it("hears the microphone, with words that stay and a latency that is shown", async () => {
    const page = await openOnWasm({ permissions: ["microphone"] });
    await page.getByRole("button", { name: "Record", exact: true }).click();
    await expect.poll(() => page.getByTestId("live").innerText(), { timeout: 30_000 }).toMatch(/SEVEN THREE/);
    expect(await page.getByTestId("latency").innerText()).toMatch(
      /[\d.]+ s heard, \d+ ms behind the microphone/,
    );
    console.info(await page.getByTestId("latency").innerText());
    await picture(page, "live");
    await page.getByRole("button", { name: "Stop recording" }).click();
    await transcribed(page);
    expect(await said(page)).toContain("THREE ONE");
  });

  it("says what to do when the microphone is refused or a file is not sound", async () => {
    const page = await openOnWasm({ permissions: [] });
    await page.getByRole("button", { name: "Record", exact: true }).click();
    await page.getByRole("alert").filter({ hasText: "The microphone was refused. Allow it" }).waitFor();
    await page
      .getByLabel("Drop a recording here")
      .setInputFiles({ name: "cat.wav", mimeType: "audio/wav", buffer: Buffer.from("meow") });
    await page
      .getByRole("alert")
      .filter({ hasText: /audio: "cat.wav"/ })
      .waitFor();
    await picture(page, "problem");
  });

  it("opens a model from a folder, and refuses one that is none", async () => {
    const page = await openOnWasm();
    await page.getByLabel("Model from").selectOption("folder");
    await page.getByLabel("Model folder").setInputFiles(MODEL);
    await page.getByRole("button", { name: "Open model" }).click();
    expect(await ready(page)).toContain("en-tiny on WASM");
    await page.getByLabel("Model folder").setInputFiles(EXAMPLES);
    await page.getByRole("button", { name: "Open model" }).click();
    await page.getByRole("alert").filter({ hasText: "has no weights" }).waitFor();
  });

  it("gives the same text on WebGPU", async () => {
    const page = await open();
    expect(await ready(page)).toContain("on WebGPU");
    await page.getByRole("button", { name: "Try an example" }).click();
    await transcribed(page);
    expect(await said(page)).toBe(TEXT);
    await picture(page, "webgpu");
  });

  it("works without a network after the first visit", async () => {
    const page = await openOnWasm();
    await page.getByRole("button", { name: "Try an example" }).click();
    await transcribed(page);
    await site.stopServer();
    await page.reload();
    await page.getByLabel("Computes on").selectOption("wasm");
    await page.getByRole("button", { name: "Open model" }).click();
    expect(await ready(page)).toContain("could not be reached; using what this browser keeps");
    await page.getByLabel("Drop a recording here").setInputFiles(`${EXAMPLES}digits.wav`);
    await transcribed(page);
    expect(await said(page)).toBe(TEXT);
    await picture(page, "offline");
  });
});
