// What a repository holds at a revision: the commit, and each file's size and ETag.
import { HubError } from "../errors.js";
import { hubError, request } from "./requests.js";
import type { HubAccess } from "./settings.js";

/** One file as the Hub describes it. */
export interface HubFile {
  /** Name of the blob in the cache: sha256 of large files, git's hash of small ones. */
  readonly etag: string;
  readonly size: number | undefined;
}

/** A repository at one commit. */
export interface HubRepository {
  readonly commit: string;
  readonly files: ReadonlyMap<string, HubFile>;
}

/** Files that a server without the listing API is asked for one by one. */
export const KNOWN_FILES = [
  "config.json", "preprocessor_config.json", "processor_config.json", "vocab.json", "tokenizer_config.json",
  "special_tokens_map.json", "added_tokens.json", "README.md", "model.safetensors", "model.safetensors.index.json",
  "pytorch_model.bin", "pytorch_model.bin.index.json",
]; // prettier-ignore

/** Codes that end the search: the repository itself cannot be had. */
const FINAL_CODES = new Set(["RepoNotFound", "RevisionNotFound", "GatedRepo"]);

/**
 * Lists the top folder of `id` through the Hub's API; servers that only serve files are asked for each known name.
 *
 * @throws HubError if there is no such repository or revision, or no access
 */
export async function describeRepository(id: string, settings: HubAccess): Promise<HubRepository> {
  return (await listThroughApi(id, settings)) ?? (await probeFiles(id, settings));
}

/** Address of a file at a revision. */
export function fileUrl(id: string, revision: string, file: string, { endpoint }: HubAccess): string {
  return `${endpoint}/${id}/resolve/${encodeURIComponent(revision)}/${file.split("/").map(encodeURIComponent).join("/")}`;
}

/** What the Hub's API says of a file: https://huggingface.co/docs/hub/api */
interface ListedFile {
  readonly type: string;
  readonly path: string;
  readonly size: number;
  readonly oid?: string;
  readonly lfs?: { readonly oid: string; readonly size: number };
}

/**
 * Two questions to the Hub's API, without its library: that one cannot be bundled for pages by every bundler.
 *
 * @returns undefined if the server has no such API
 */
async function listThroughApi(id: string, access: HubAccess): Promise<HubRepository | undefined> {
  const { revision, endpoint } = access;
  const info = await ask(`${endpoint}/api/models/${id}/revision/${encodeURIComponent(revision)}`, id, access);
  const { sha } = ((await info?.json()) ?? {}) as { sha?: unknown }; // looked at below
  if (typeof sha !== "string") return undefined;
  const files = new Map<string, HubFile>();
  for (let url: string | undefined = `${endpoint}/api/models/${id}/tree/${sha}`; url !== undefined;) {
    const page: Response | undefined = await ask(url, id, access);
    if (!page) return undefined;
    for (const { type, path, size, oid, lfs } of (await page.json()) as ListedFile[]) {
      const etag = lfs?.oid ?? oid;
      if (type === "file" && etag !== undefined)
        files.set(path, { etag: bareEtag(etag), size: lfs?.size ?? size });
    }
    url = /<([^>]+)>;\s*rel="next"/.exec(page.headers.get("Link") ?? "")?.[1];
  }
  return { commit: sha, files };
}

/** undefined where the address does not exist; refusals that no other address would change are errors. */
async function ask(url: string, id: string, access: HubAccess): Promise<Response | undefined> {
  const response = await request(url, access, { headers: { Accept: "application/json" } });
  if (response.ok) return response;
  const code = response.headers.get("X-Error-Code") ?? "";
  if ([401, 403, 429].includes(response.status) || response.status >= 500 || FINAL_CODES.has(code))
    throw hubError(response, id, access);
  return undefined;
}

async function probeFiles(id: string, settings: HubAccess): Promise<HubRepository> {
  const files = new Map<string, HubFile>();
  let commit: string | undefined;
  for (const name of KNOWN_FILES) {
    const response = await head(fileUrl(id, settings.revision, name, settings), settings);
    const isEntryMissing =
      response.status === 404 && !FINAL_CODES.has(response.headers.get("X-Error-Code") ?? "");
    if (response.status >= 400 && !isEntryMissing) throw hubError(response, id, settings);
    commit ??= response.headers.get("X-Repo-Commit") ?? undefined;
    const etag = response.headers.get("X-Linked-Etag") ?? response.headers.get("ETag");
    if (response.status >= 400 || etag === null) continue;
    const size = response.headers.get("X-Linked-Size") ?? response.headers.get("Content-Length");
    files.set(name, { etag: bareEtag(etag), size: size === null ? undefined : Number(size) });
  }
  if (commit === undefined)
    throw new HubError(
      `${id}: ${settings.endpoint} has none of the files of a model, or names no commit; check the name; is this a Hugging Face Hub?`,
      settings.endpoint,
      404,
      undefined,
    );
  return { commit, files };
}

/** HEAD that follows renames (relative redirects) but not the way to the storage, whose headers say nothing. */
async function head(url: string, settings: HubAccess): Promise<Response> {
  for (let hops = 0, at = url; ; hops++) {
    const response = await request(at, settings, {
      method: "HEAD",
      redirect: "manual",
      headers: { "Accept-Encoding": "identity" },
    });
    const location = response.headers.get("Location");
    if (
      response.status < 300 ||
      response.status >= 400 ||
      location === null ||
      !location.startsWith("/") ||
      hops === 5
    )
      return response;
    if (response.headers.has("X-Linked-Etag")) return response;
    at = new URL(location, at).href;
  }
}

function bareEtag(etag: string): string {
  return etag.replace(/^W\//, "").replaceAll('"', "");
}
