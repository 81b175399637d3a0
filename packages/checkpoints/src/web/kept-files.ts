// What a page keeps of models: the browser's private file system, a folder a model, each file in parts.
// Parts are written whole or not at all, so a download that breaks goes on where the last part ends.
// https://developer.mozilla.org/docs/Web/API/File_System_API/Origin_private_file_system

/** A model that the browser keeps. */
export interface KeptModel {
  /** Hub id or address. */
  readonly source: string;
  /** Bytes on disk. */
  readonly bytes: number;
  /** Whether a download broke off; opening the model goes on with it. */
  readonly isPartial: boolean;
}

/** Which version of a file the parts belong to. */
export interface KeptAbout {
  readonly identity: string;
  /** Bytes of the whole file; undefined until its end was seen where the server did not say. */
  readonly size: number | undefined;
}

/** One file's parts. */
export interface KeptFile {
  about(): Promise<KeptAbout | undefined>;
  parts(): Promise<File[]>;
  /** Forgets what there was. */
  begin(about: KeptAbout): Promise<void>;
  /** @throws DOMException QuotaExceededError if the browser grants no more room */
  append(index: number, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  end(about: KeptAbout): Promise<void>;
}

const FOLDER = "wav2vec-models";
const ABOUT = "about.json";

/**
 * The place of one file of a model.
 *
 * @param create makes the place if there is none yet
 * @returns undefined where the browser keeps no files, e.g. in some private windows, or not this one
 * @throws DOMException QuotaExceededError if the browser grants no more room
 */
export async function keptFile(source: string, name: string, create = true): Promise<KeptFile | undefined> {
  const folder = await folderOf([source, name], create);
  if (!folder) return undefined;
  return {
    about: () => readAbout(folder),
    parts: () => partsOf(folder),
    begin: async (about) => {
      for await (const entry of folder.keys()) await folder.removeEntry(entry);
      await write(folder, ABOUT, JSON.stringify(about));
    },
    append: (index, bytes) => write(folder, String(index).padStart(6, "0"), bytes),
    end: (about) => write(folder, ABOUT, JSON.stringify(about)),
  };
}

/** Names of the files of a model that are here whole. */
export async function keptNames(source: string): Promise<string[]> {
  const model = await folderOf([source], false);
  const names: string[] = [];
  if (model) for await (const file of filesOf(model)) if (file.isWhole) names.push(file.name);
  return names.sort();
}

/** What the browser keeps, with sizes, for a page to show. */
export async function keptModels(): Promise<KeptModel[]> {
  const root = await folderOf([], false);
  const models: KeptModel[] = [];
  if (!root) return models;
  for await (const [name, model] of root.entries()) {
    if (model.kind !== "directory") continue;
    let bytes = 0;
    let isPartial = false;
    for await (const file of filesOf(model as FileSystemDirectoryHandle)) {
      bytes += file.bytes;
      isPartial ||= !file.isWhole;
    }
    models.push({ source: decodeURIComponent(name), bytes, isPartial });
  }
  return models.sort((a, b) => (a.source < b.source ? -1 : 1));
}

/** Frees the room of a model; one that is not kept is no error. */
export async function forgetModel(source: string): Promise<void> {
  const root = await folderOf([], false);
  await root?.removeEntry(encodeURIComponent(source), { recursive: true }).catch(ignoreMissing);
}

async function* filesOf(
  model: FileSystemDirectoryHandle,
): AsyncGenerator<{ name: string; bytes: number; isWhole: boolean }> {
  for await (const [name, folder] of model.entries()) {
    if (folder.kind !== "directory") continue;
    const handle = folder as FileSystemDirectoryHandle; // its kind says so
    const bytes = (await partsOf(handle)).reduce((sum, { size }) => sum + size, 0);
    const about = await readAbout(handle);
    yield { name: decodeURIComponent(name), bytes, isWhole: about?.size === bytes };
  }
}

async function partsOf(folder: FileSystemDirectoryHandle): Promise<File[]> {
  const parts: File[] = [];
  for (let index = 0; ; index++) {
    try {
      parts.push(await (await folder.getFileHandle(String(index).padStart(6, "0"))).getFile());
    } catch (error) {
      ignoreMissing(error);
      return parts;
    }
  }
}

async function readAbout(folder: FileSystemDirectoryHandle): Promise<KeptAbout | undefined> {
  try {
    return JSON.parse(await (await (await folder.getFileHandle(ABOUT)).getFile()).text()) as KeptAbout; // we wrote it
  } catch {
    return undefined; // not begun, or cut while it was written: begun again
  }
}

async function write(
  folder: FileSystemDirectoryHandle,
  name: string,
  data: string | Uint8Array<ArrayBuffer>,
): Promise<void> {
  const file = await (await folder.getFileHandle(name, { create: true })).createWritable();
  try {
    await file.write(data);
    await file.close(); // only now does the file change
  } catch (error) {
    await file.abort().catch(() => {}); // already closed
    await folder.removeEntry(name).catch(() => {}); // it may still be locked; the error that matters is the first
    throw error;
  }
}

async function folderOf(
  path: readonly string[],
  create: boolean,
): Promise<FileSystemDirectoryHandle | undefined> {
  try {
    let folder = await navigator.storage.getDirectory();
    for (const name of [FOLDER, ...path.map(encodeURIComponent)])
      folder = await folder.getDirectoryHandle(name, { create });
    return folder;
  } catch (error) {
    if (error instanceof DOMException && error.name === "QuotaExceededError") throw error;
    return undefined; // no such folder, or a browser that keeps nothing
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof DOMException && error.name === "NotFoundError")) throw error;
}
