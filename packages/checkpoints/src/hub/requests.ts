// Requests to the Hub: the token, retries with patience, and errors that say what to do.
import { HubError } from "../errors.js";
import type { HubAccess } from "./settings.js";

const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 60_000;

/** The answers that a later attempt may change. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Asks the Hub and returns its answer, whatever the status; repeats on lost connections, 429 (as long as
 * `Retry-After` says) and 5xx. The token goes to the Hub only: fetch drops it when redirected to another origin.
 *
 * @throws HubError with status 0 if no answer came
 */
export async function request(url: string, settings: HubAccess, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (settings.token) headers.set("Authorization", `Bearer ${settings.token}`);
  for (let attempt = 1; ; attempt++) {
    let pause = FIRST_PAUSE_MS * 2 ** (attempt - 1);
    try {
      const response = await fetch(url, { ...init, headers, signal: settings.signal ?? null });
      if (!PASSING.has(response.status) || attempt === ATTEMPTS) return response;
      pause = retryAfter(response) ?? pause;
      await response.body?.cancel();
    } catch (error) {
      settings.signal?.throwIfAborted();
      if (attempt === ATTEMPTS)
        throw new HubError(
          `${url}: no answer (${reasonOf(error)}); check the connection, or set HF_HUB_OFFLINE=1 to use the cache only`,
          url,
          0,
          undefined,
        );
    }
    await sleep(Math.min(pause, LONGEST_PAUSE_MS), settings.signal);
  }
}

/** Waits, or rejects with the signal's reason. */
export function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error); // an abort reason is whatever the caller gave
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, milliseconds);
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  });
}

/**
 * The error for an answer that is not a success.
 *
 * @param subject what was asked for, e.g. `org/name` or `org/name: config.json`
 */
export function hubError(response: Response, subject: string, settings: HubAccess): HubError {
  const code = response.headers.get("X-Error-Code") ?? undefined;
  return new HubError(
    `${subject}: ${explain(response.status, code, settings)}`,
    response.url,
    response.status,
    code,
  );
}

function explain(status: number, code: string | undefined, { token, revision, endpoint }: HubAccess): string {
  const login = token ? "the token may lack access" : "if it is private, set HF_TOKEN";
  if (code === "GatedRepo")
    return `access is gated; accept its terms at ${endpoint}, then ${token ? "check that the token is yours" : "set HF_TOKEN"}`;
  if (code === "RevisionNotFound") return `has no revision "${revision}"; check the branch, tag or commit`;
  if (code === "EntryNotFound") return "is not in the repository; check the name";
  if (code === "RepoNotFound")
    return `is neither a local path nor a repository at ${endpoint}; check the spelling; ${login}`;
  if (status === 401)
    return `the Hub refused the request (401); ${token ? "the token is not valid" : "set HF_TOKEN"}`;
  if (status === 403) return `access is forbidden (403); ${login}`;
  if (status === 404) return `not found (404); check the spelling and the revision "${revision}"; ${login}`;
  if (status === 429)
    return "the Hub says that there are too many requests (429); wait, or set HF_TOKEN for a higher limit";
  return `the Hub answered with status ${status}; try again later`;
}

/** `Retry-After` in milliseconds: a number of seconds, or a date. */
function retryAfter(response: Response): number | undefined {
  const value = response.headers.get("Retry-After");
  if (value === null) return undefined;
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, milliseconds);
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}
