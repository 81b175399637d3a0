// Runs in Node for the tests in the page: a Hub whose repository is this repository's model, and its faults.
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { startHub, type HubBehaviour, type HubServer, type Seen } from "../src/fixtures/hub-server.js";

const MODEL = fileURLToPath(new URL("../../../models/en-tiny/", import.meta.url));
let hub: HubServer | undefined;

/** Functions that a page calls through `commands` of `vitest/browser`. */
export const hubCommands = {
  /** Starts a Hub with `org/model` and returns its address. */
  async startHub(): Promise<string> {
    const names = await readdir(MODEL);
    const files = new Map<string, Uint8Array>();
    for (const name of names) files.set(name, await readFile(MODEL + name));
    hub = await startHub(files, ["model.safetensors"]);
    return hub.endpoint;
  },
  /** Sets what goes wrong from now on and forgets what was asked. */
  hubBehaves(_context: unknown, change: Partial<HubBehaviour>): void {
    Object.assign(hub!.behaviour, change); // started by the test
    hub!.seen.length = 0;
  },
  hubSeen: (): Seen[] => [...hub!.seen],
  stopHub: async (): Promise<void> => hub?.close(),
};

declare module "vitest/browser" {
  interface BrowserCommands {
    startHub(): Promise<string>;
    hubBehaves(change: Partial<HubBehaviour>): Promise<void>;
    hubSeen(): Promise<Seen[]>;
    stopHub(): Promise<void>;
  }
}
