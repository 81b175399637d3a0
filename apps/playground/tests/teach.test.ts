import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { BlobReader, Uint8ArrayWriter, ZipReader } from "@zip.js/zip.js";
import type { BrowserContext, Page } from "playwright";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openOnWasm, picture, ready, seriousFaults, startSite, WORDS, type Site } from "./open-page.js";

let site: Site;
let context: BrowserContext | undefined;
beforeAll(async () => void (site = await startSite()));
afterAll(() => site.close());
afterEach(async () => void (await context?.close()));

const CLIPS = ["play-music-1", "play-music-2", "lights-on-1", "lights-on-2"];
const TEST = `${WORDS}play-music-test.wav`; // the page never learns from it

const panel = (page: Page) => page.getByRole("region", { name: "Teach it your words" });
const status = (page: Page) => panel(page).getByRole("status");
const readings = (page: Page) => panel(page).getByTestId("test").locator("dd").allInnerTexts();

/** What the command says in Node to the folder in a zip file. */
async function transcribeInNode(zip: Buffer, recording: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "taught-"));
  try {
    for (const entry of await new ZipReader(new BlobReader(new Blob([new Uint8Array(zip)]))).getEntries())
      if (!entry.directory)
        await writeFile(join(folder, basename(entry.filename)), await entry.getData(new Uint8ArrayWriter()));
    const root = fileURLToPath(new URL("../../../", import.meta.url));
    const script = fileURLToPath(
      new URL("../../../packages/tasks/asr-worker/browser/transcribe-in-node.ts", import.meta.url),
    );
    const { stdout } = await promisify(execFile)(
      "node",
      ["--conditions=@wav2vec/source", "--import=tsx", script, folder, recording],
      { cwd: root },
    );
    return (JSON.parse(stdout) as { text: string }[])[0]!.text; // printed by the script: one recording, one transcript
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Drops a file as a visitor does. */
async function dropFile(page: Page, region: string, name: string, bytes: Buffer): Promise<void> {
  const data = await page.evaluateHandle(
    ([file, base64]) => {
      const transfer = new DataTransfer();
      const content = Uint8Array.from(atob(base64!), (letter) => letter.charCodeAt(0)); // given below
      transfer.items.add(new File([content], file!)); // as above
      return transfer;
    },
    [name, bytes.toString("base64")],
  );
  await page.getByRole("region", { name: region, exact: true }).dispatchEvent("drop", { dataTransfer: data });
}

describe("teaching in the page", () => {
  it("learns words from clips, and the saved model says the same in Node and when it is dropped", async () => {
    const opened = await openOnWasm(site);
    ({ context } = opened);
    const { page } = opened;
    const files = CLIPS.flatMap((name) => [`${WORDS}${name}.wav`, `${WORDS}${name}.txt`]);
    await panel(page).getByLabel("Drop labelled clips here").setInputFiles(files);
    await status(page).filter({ hasText: "4 clips were added" }).waitFor();
    await panel(page).getByRole("spinbutton", { name: "Updates" }).fill("12");
    await panel(page).getByRole("button", { name: "Teach", exact: true }).click();
    await panel(page)
      .getByText(/Update [2-9] of 12/)
      .waitFor({ timeout: 120_000 });
    await picture(page, "learning");
    await panel(page).getByRole("button", { name: "Stop learning" }).click();
    await status(page).filter({ hasText: "Learnt" }).waitFor({ timeout: 120_000 });
    await panel(page).getByRole("spinbutton", { name: "Updates" }).fill("30");
    await panel(page).getByRole("button", { name: "Go on learning" }).click();
    await status(page).filter({ hasText: "Learning" }).waitFor();
    await status(page).filter({ hasText: "Learnt" }).waitFor({ timeout: 300_000 });
    const chart = await panel(page).getByRole("img", { name: /Loss over/ }).getAttribute("aria-label"); // prettier-ignore
    const [, updates, first, last] = /over (\d+) updates, from ([\d.]+) to ([\d.]+)/.exec(chart!)!; // the label of the chart
    expect(Number(updates)).toBeGreaterThanOrEqual(20);
    expect(Number(last)).toBeLessThan(0.4 * Number(first));

    await panel(page).getByLabel("Or choose a recording to test with").setInputFiles(TEST);
    await expect.poll(() => readings(page), { timeout: 120_000 }).toHaveLength(2);
    const [before, after] = await readings(page);
    expect(before).not.toContain("MUSIC");
    expect(after).toBe("PLAY MUSIC");
    expect(await seriousFaults(page)).toEqual([]);
    await picture(page, "taught");

    const download = page.waitForEvent("download");
    await panel(page).getByRole("button", { name: "Download the model (zip)" }).click();
    const saved = await download;
    expect(saved.suggestedFilename()).toBe("en-tiny-taught.zip");
    const zip = await readFile(await saved.path());
    expect(await transcribeInNode(zip, TEST)).toBe("PLAY MUSIC");

    await dropFile(page, "Model", "en-tiny-taught.zip", zip);
    expect(await ready(page, "en-tiny-taught on WASM")).not.toContain("taught here");
    await page.getByLabel("Drop a recording here").setInputFiles(TEST);
    await page.getByText(/transcribed in .* on this machine/).waitFor({ timeout: 120_000 });
    expect((await page.getByTestId("transcript").innerText()).trim()).toBe("PLAY MUSIC");
  }, 900_000); // learning takes half a minute on a free machine, and many times that on a busy one

  it("names letters that the model lacks and clips without text", async () => {
    const opened = await openOnWasm(site, { colorScheme: "dark" });
    ({ context } = opened);
    const { page } = opened;
    await panel(page).getByLabel("Drop labelled clips here").setInputFiles([`${WORDS}lights-on-1.wav`, `${WORDS}lights-on-2.wav`]); // prettier-ignore
    await panel(page).getByLabel("lights-on-1, ").fill("5 €");
    await panel(page).getByRole("button", { name: "Teach", exact: true }).click();
    const alert = panel(page).getByRole("alert");
    await alert.filter({ hasText: 'lights-on-1: the model has no symbol for "5", "€"' }).waitFor();
    expect(await alert.innerText()).toContain("lights-on-2: has no text; write down what is said in it");
    expect(await seriousFaults(page)).toEqual([]);
    await picture(page, "lesson-problem-dark");
  });
});
