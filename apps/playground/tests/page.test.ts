import { readFile } from "node:fs/promises";
import { readAudio, writeWav } from "@wav2vec/audio";
import type { TimedText } from "@wav2vec/decoders";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { BrowserContext, Page } from "playwright";
import {
  EXAMPLES,
  MODEL,
  openOnWasm as openWasm,
  openPage,
  picture,
  ready,
  seriousFaults,
  startSite,
  type OpenOptions,
  type Site,
  WORDS,
} from "./open-page.js";

const TEXT = "SEVEN THREE ONE EIGHT TWO FOUR";

let site: Site;
let context: BrowserContext | undefined;
beforeAll(async () => void (site = await startSite()));
afterAll(() => site.close());
afterEach(async () => void (await context?.close()));

async function open(options?: OpenOptions): Promise<Page> {
  const opened = await openPage(site, options);
  context = opened.context;
  return opened.page;
}

async function openOnWasm(options?: OpenOptions): Promise<Page> {
  const opened = await openWasm(site, options);
  context = opened.context;
  return opened.page;
}

const words = (page: Page) => page.getByTestId("transcript").locator("button");
const said = async (page: Page) => (await words(page).allInnerTexts()).join(" ");
const transcribed = (page: Page) =>
  page.getByText(/transcribed in .* on this machine/).waitFor({ timeout: 240_000 });

/** Saves the transcript and reads the file. */
async function download(page: Page, name: string): Promise<string> {
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: `Download ${name}` }).click();
  return readFile(await (await saved).path(), "utf8");
}

describe("the page", () => {
  it("transcribes a file that is chosen, and saves it in four formats", async () => {
    const page = await openOnWasm();
    await page.getByLabel("Drop a recording here").setInputFiles(`${EXAMPLES}digits.wav`);
    await transcribed(page);
    expect(await said(page)).toBe(TEXT);
    await picture(page, "transcript-light");
    expect(await seriousFaults(page)).toEqual([]);
    const map = page.getByRole("img", { name: "Heat map" });
    expect(await map.evaluate((canvas: HTMLCanvasElement) => canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height).data.some((level) => level > 0))).toBe(true); // prettier-ignore
    for (const [name, expected] of [
      ["SRT", /00:00:00,\d+ --> 00:00:0\d,\d+\r?\nSEVEN THREE/],
      ["VTT", /^WEBVTT/],
      ["TextGrid", /"IntervalTier"[^]*text = "EIGHT"/],
      ["JSON", /"text": ?"SEVEN THREE/],
    ] as const) {
      expect(await download(page, name)).toMatch(expected);
    }
  });

  it("shows the text while it is computed, marks doubtful words, and fits a telephone", async () => {
    const page = await openOnWasm({ viewport: { width: 390, height: 800 }, colorScheme: "dark" });
    const { samples } = await readAudio(`${EXAMPLES}digits.wav`);
    const long = new Float32Array(samples.length * 8);
    for (let i = 0; i < 8; i++) long.set(samples, i * samples.length);
    const buffer = Buffer.from(writeWav(long));
    await page.getByLabel("Drop a recording here").setInputFiles({ name: "long.wav", mimeType: "audio/wav", buffer }); // prettier-ignore
    await words(page).first().waitFor({ timeout: 120_000 });
    expect(await page.getByText(/Transcribing long.wav: \d+ s done/).count()).toBe(1);
    await transcribed(page);
    expect((await said(page)).match(/EIGHT TWO FOUR/g)).toHaveLength(8);
    await page.getByLabel("Drop a recording here").setInputFiles(`${WORDS}coffee-please-1.wav`);
    await transcribed(page);
    expect(await page.getByTestId("transcript").locator(".doubtful, .fair").count()).toBeGreaterThan(0);
    const overhang = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overhang).toBeLessThanOrEqual(0);
    await picture(page, "telephone-dark");
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
    const start = await words(page).nth(1).getAttribute("title");
    await words(page).nth(1).focus();
    await page.keyboard.press("Alt+Shift+ArrowRight");
    await expect.poll(() => words(page).nth(1).getAttribute("title")).not.toBe(start);
    const saved = JSON.parse(await download(page, "JSON")) as TimedText; // what the page saves
    const titles = await words(page).evaluateAll((all) => all.map((word) => word.getAttribute("title")!)); // each has one
    const times = saved.segments.flatMap((segment) => segment.words.map((word) => `${word.start.toFixed(2)} to ${word.end.toFixed(2)} s`)); // prettier-ignore
    expect(titles.map((title) => title.split(",")[0])).toEqual(times);
  });

  it("follows the sound word by word, and works with the keyboard", async () => {
    const page = await openOnWasm({ colorScheme: "dark" });
    await page.getByRole("button", { name: "Try an example" }).focus();
    await page.keyboard.press("Enter");
    await transcribed(page);
    await words(page).nth(3).focus();
    await page.keyboard.press("Enter");
    await page.locator('.word[aria-current="true"]', { hasText: "EIGHT" }).waitFor({ timeout: 60_000 });
    await picture(page, "karaoke-dark");
    expect(await seriousFaults(page)).toEqual([]);
  });

  it("hears the microphone, with words that stay and a latency that is shown", async () => {
    const page = await openOnWasm({ permissions: ["microphone"] });
    await page.getByRole("button", { name: "Record", exact: true }).click();
    await page.getByRole("img", { name: "Spectrogram of the microphone" }).waitFor();
    await page.getByTestId("live-picture").locator("canvas").nth(1).waitFor(); // the waveform, once there is one
    await expect
      .poll(() => page.getByTestId("live").innerText(), { timeout: 120_000 })
      .toMatch(/THREE ONE EIGHT/); // more has been heard than is looked for below
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
    await page.getByLabel("Text that was said").fill("seven three one eight two four");
    await page.getByRole("button", { name: "Align", exact: true }).click();
    await page.getByText("Text aligned").waitFor();
    expect(await download(page, "VTT")).toContain("seven three one eight two four");
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
