// Where the Hub is, who asks, and where downloads are kept: the same environment variables as Python's huggingface_hub.
// https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables
import { node } from "../files/node-modules.js";

/** Choices of the caller; what is absent comes from the environment. */
export interface HubOptions {
  /** Branch, tag or commit; "main" by default. */
  readonly revision?: string;
  /** Folder of `models--org--name`; `HF_HUB_CACHE`, or `hub` in `HF_HOME`. */
  readonly cacheDir?: string;
  /** Base address; `HF_ENDPOINT`, or https://huggingface.co. */
  readonly endpoint?: string;
  /** Access token; `HF_TOKEN`, or the file that `huggingface-cli login` writes. */
  readonly token?: string;
  /** Never connect, use the cache only; `HF_HUB_OFFLINE`. */
  readonly offline?: boolean;
  readonly signal?: AbortSignal;
  /** Called as bytes arrive. */
  readonly onProgress?: (progress: DownloadProgress) => void;
}

/** How far a download is. */
export interface DownloadProgress {
  readonly file: string;
  /** Bytes on disk, with those of an earlier, interrupted download. */
  readonly loaded: number;
  /** Bytes in all, if the Hub said so. */
  readonly total: number | undefined;
}

/** Everything decided but where downloads are kept: enough to ask the Hub. */
export interface HubAccess {
  readonly revision: string;
  readonly endpoint: string;
  readonly token: string | undefined;
  readonly offline: boolean;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (progress: DownloadProgress) => void;
}

/** Everything decided. */
export interface HubSettings extends HubAccess {
  readonly cacheDir: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What the caller says and the environment adds, without looking at any file. */
export function hubAccess(options: HubOptions, environment: Environment): HubAccess {
  const endpoint = options.endpoint ?? (environment["HF_ENDPOINT"] || "https://huggingface.co");
  return {
    revision: options.revision ?? "main",
    endpoint: endpoint.replace(/\/+$/, ""),
    token: options.token ?? (environment["HF_TOKEN"] || undefined),
    offline: options.offline ?? /^(1|on|yes|true)$/i.test(environment["HF_HUB_OFFLINE"] ?? ""),
    signal: options.signal,
    onProgress: options.onProgress ?? (() => {}),
  };
}

/**
 * Fills in what the caller left open.
 *
 * @param environment `process.env`
 */
export async function resolveHubSettings(
  options: HubOptions,
  environment: Environment,
): Promise<HubSettings> {
  const [{ homedir }, { join }] = [node.os(), node.path()];
  const access = hubAccess(options, environment);
  const home =
    environment["HF_HOME"] ?? join(environment["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "huggingface");
  return {
    ...access,
    cacheDir:
      options.cacheDir ??
      environment["HF_HUB_CACHE"] ??
      environment["HUGGINGFACE_HUB_CACHE"] ??
      join(home, "hub"),
    token: access.token ?? (await tokenFile(environment["HF_TOKEN_PATH"] ?? join(home, "token"))),
  };
}

async function tokenFile(path: string): Promise<string | undefined> {
  const { readFile } = node.fs();
  try {
    return (await readFile(path, "utf8")).trim() || undefined;
  } catch {
    return undefined; // not logged in
  }
}
