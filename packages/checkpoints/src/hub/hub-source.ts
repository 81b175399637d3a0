// A repository on the Hub as a folder of files that are downloaded when they are opened.
import { HubError } from "../errors.js";
import { openLocalFile } from "../files/local-file.js";
import type { SourceFiles } from "../files/source-files.js";
import { cacheFolder, isFile, type CacheFolder } from "./cache-folder.js";
import { download } from "./download.js";
import { describeRepository, fileUrl, type HubRepository } from "./repository.js";
import type { HubSettings } from "./settings.js";

/**
 * Opens `id` at a revision. Without a connection, what the cache has of it is used.
 *
 * @param id `org/name`
 * @throws HubError if it cannot be had, from the Hub or from the cache
 */
export async function openHubSource(id: string, settings: HubSettings): Promise<SourceFiles> {
  const cache = cacheFolder(settings.cacheDir, id);
  if (settings.offline) return cachedSource(id, cache, settings, "offline mode");
  let repository: HubRepository;
  try {
    repository = await describeRepository(id, settings);
  } catch (error) {
    const isUnreachable = error instanceof HubError && (error.status === 0 || error.status >= 500);
    if (!isUnreachable) throw error;
    return cachedSource(id, cache, settings, error.message);
  }
  const { commit, files } = repository;
  if (commit !== settings.revision) await cache.writeRef(settings.revision, commit);
  return {
    label: id,
    names: [...files.keys()],
    notes: [],
    open: async (name) => {
      const file = files.get(name);
      if (!file)
        throw new HubError(
          `${id}: ${name} is not in the repository; check the name`,
          settings.endpoint,
          404,
          "EntryNotFound",
        );
      const path = cache.snapshot(commit, name);
      if (!(await isFile(path))) {
        await download(
          { url: fileUrl(id, commit, name, settings), name, file, blob: cache.blob(file.etag) },
          settings,
        );
        await cache.publish(commit, name, file.etag);
      }
      return openLocalFile(path);
    },
  };
}

async function cachedSource(
  id: string,
  cache: CacheFolder,
  { revision, cacheDir }: HubSettings,
  reason: string,
): Promise<SourceFiles> {
  const commit = (await cache.readRef(revision)) ?? revision;
  const names = await cache.list(commit);
  if (names.length === 0)
    throw new HubError(
      `${id}: is no local path, and revision "${revision}" is not in the cache ${cacheDir} (${reason}); connect once to download it`,
      id,
      0,
      undefined,
    );
  return {
    label: id,
    names,
    notes:
      reason === "offline mode" ? [] : [`the Hub could not be reached; using the cached commit ${commit}`],
    open: async (name) => openLocalFile(cache.snapshot(commit, name)),
  };
}
