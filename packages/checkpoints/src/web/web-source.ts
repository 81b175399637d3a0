// A checkpoint that a page fetches, from the Hub or from any address, and keeps for the next visit.
import { HubError } from "../errors.js";
import { blobAccess } from "../files/random-access.js";
import type { SourceFiles } from "../files/source-files.js";
import { describeRepository, fileUrl, KNOWN_FILES } from "../hub/repository.js";
import { request } from "../hub/requests.js";
import type { HubAccess } from "../hub/settings.js";
import { fetchKept, keptBlob, type WebFile } from "./fetch-kept.js";
import { keptNames } from "./kept-files.js";

/**
 * A repository of the Hub. Without a connection, what the browser keeps of it is used.
 *
 * @throws HubError if it cannot be had, from the Hub or from what is kept
 */
export function hubPage(id: string, access: HubAccess): Promise<SourceFiles> {
  return openWeb(id, access, async () => {
    const { commit, files } = await describeRepository(id, access);
    return [...files].map(([name, { etag, size }]) => ({
      source: id,
      name,
      url: fileUrl(id, commit, name, access),
      identity: etag,
      size,
    }));
  });
}

/**
 * A folder at an address, e.g. on the page's own server. It cannot be listed, so the usual names are asked for.
 *
 * @throws HubError if it has none of the files of a model, or cannot be reached and is not kept
 */
export function folderAt(address: URL, access: HubAccess): Promise<SourceFiles> {
  const base = address.href.endsWith("/") ? address.href : `${address.href}/`;
  return openWeb(base, access, async () => {
    const found = await Promise.all(KNOWN_FILES.map((name) => describeFile(base, name, access)));
    const files = found.filter((file) => file !== undefined);
    if (files.length > 0) return files;
    throw new HubError(
      `${base}: has none of the files of a model (${KNOWN_FILES.slice(0, 3).join(", ")}, ...); check the address, and that the server allows this page to read it (CORS)`,
      base,
      404,
      undefined,
    );
  });
}

async function openWeb(
  source: string,
  access: HubAccess,
  list: () => Promise<readonly WebFile[]>,
): Promise<SourceFiles> {
  const notes: string[] = [];
  let files: readonly WebFile[] | undefined;
  let reason = access.offline ? "offline mode" : "no connection";
  const isOffline = access.offline || globalThis.navigator?.onLine === false; // no need to try for seconds
  if (!isOffline) {
    try {
      files = await list();
    } catch (error) {
      const isUnreachable = error instanceof HubError && (error.status === 0 || error.status >= 500);
      if (!isUnreachable) throw error;
      reason = error.message;
      notes.push(`${source} could not be reached; using what this browser keeps of it`);
    }
  }
  const names = files?.map(({ name }) => name) ?? (await keptNames(source));
  if (names.length === 0)
    throw new HubError(
      `${source}: is not kept in this browser (${reason}); connect once to download it`,
      source,
      0,
      undefined,
    );
  const note = (text: string) => void (notes.includes(text) || notes.push(text));
  return {
    label: source,
    names,
    notes,
    open: async (name) => {
      const file = files?.find((known) => known.name === name);
      const blob = file ? await fetchKept(file, access, note) : await keptBlob(source, name);
      if (!blob)
        throw new HubError(`${source}: ${name} is not there; check the name`, source, 404, "EntryNotFound");
      return blobAccess(name, blob);
    },
  };
}

async function describeFile(base: string, name: string, access: HubAccess): Promise<WebFile | undefined> {
  const url = new URL(name, base).href;
  const response = await request(url, { ...access, token: undefined }, { method: "HEAD", cache: "no-cache" });
  if (response.status >= 500)
    throw new HubError(`${url}: answered ${response.status}`, url, response.status, undefined);
  const { headers } = response;
  // Servers of single pages answer every address with their page.
  if (!response.ok || headers.get("Content-Type")?.startsWith("text/html")) return undefined;
  const length = headers.get("Content-Encoding") === null ? headers.get("Content-Length") : null;
  const identity = headers.get("ETag") ?? headers.get("Last-Modified") ?? length ?? "";
  return { source: base, name, url, identity, size: length === null ? undefined : Number(length) };
}
