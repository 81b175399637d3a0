// Known voices in a folder, safe against crashes and against several programs at work in it. For Node.
import { createHash, randomUUID } from "node:crypto";
import { link, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { KnownSpeaker } from "./identification.js";
import { meanEmbedding, requireOneModel, type OfModel, type SpeakerEmbedding } from "./speaker-embedding.js";
import { SpeakerError } from "./speaker-error.js";
import { parseStoreHead, parseVoice, renderVoice, STORE_VERSION, type StoredVoice } from "./stored-voice.js";

/** Someone in the store. */
export interface EnrolledSpeaker extends KnownSpeaker {
  /** The mean of all embeddings, `embedding`, is of so many. */
  readonly count: number;
}

/** An open store. It holds no lock and nothing in memory: every call reads what is there. */
export interface EnrolmentStore {
  readonly folder: string;
  /**
   * Adds embeddings of one speaker. When it returns they are on the disk; after a crash some may be there, each whole.
   *
   * @throws SpeakerError if an embedding is of another model, or the name is empty
   */
  enrol(name: string, embeddings: SpeakerEmbedding | readonly SpeakerEmbedding[]): Promise<void>;
  /** Everyone, by name. @throws SpeakerError naming the file if one is damaged */
  speakers(): Promise<EnrolledSpeaker[]>;
  /** Forgets a speaker. @returns how many embeddings there were */
  remove(name: string): Promise<number>;
}

const HEAD = "store.json";
const VOICES = "voices";

/**
 * Opens a folder of enrolled voices, or makes one. Each embedding is a file of its own that never changes, written
 * beside its place, synced and renamed, so that programs which enrol at once cannot lose each other's work.
 *
 * @param model whose embeddings it holds: a `SpeakerEmbedder`, or an embedding of it. Without it the folder must be a
 *   store already, of any model
 * @throws SpeakerError if the folder holds embeddings of another model, or is no store
 */
export async function openEnrolmentStore(folder: string, model?: OfModel): Promise<EnrolmentStore> {
  const voices = join(folder, VOICES);
  if (model) await mkdir(voices, { recursive: true });
  const head = model ? await readOrMakeHead(folder, model) : await readHead(folder);
  if (!head) {
    throw new SpeakerError(
      `enrolment store ${folder}: has no ${HEAD}; expected a store; enrol somebody, or name another folder`,
    );
  }
  if (model)
    requireOneModel(`enrolment store ${folder}`, head, {
      model: model.model,
      fingerprint: model.fingerprint,
    });

  const readAll = async (): Promise<(StoredVoice & { readonly path: string })[]> => {
    const names = (await readdir(voices)).filter((name) => name.endsWith(".json")).sort();
    const read = await Promise.all(
      names.map(async (name) => {
        const path = join(voices, name);
        const text = await readFile(path, "utf8").catch(ifRemoved);
        return text === undefined ? [] : [{ ...parseVoice(path, text), path }];
      }),
    );
    const found = read.flat();
    for (const { path, embedding } of found)
      requireOneModel(`enrolment store ${path}`, head, withoutValues(embedding));
    return found;
  };

  return {
    folder,
    async enrol(name, given) {
      if (name.trim() === "") throw new SpeakerError("enrol: the name is empty; expected a speaker's name");
      const embeddings = isOne(given) ? [given] : given;
      if (embeddings.length === 0)
        throw new SpeakerError(`enrol: no embeddings of "${name}"; expected at least one`);
      for (const embedding of embeddings) requireOneModel("enrol", head, withoutValues(embedding));
      const earlier = (await readAll())[0]?.embedding;
      for (const embedding of embeddings) requireOneModel("enrol", earlier ?? embeddings[0]!, embedding); // at least one
      for (const embedding of embeddings)
        await writeDurably(voices, `${hashOf(name)}.${randomUUID()}.json`, renderVoice({ name, embedding }));
    },
    async speakers() {
      const byName = new Map<string, SpeakerEmbedding[]>();
      for (const { name, embedding } of await readAll())
        byName.set(name, [...(byName.get(name) ?? []), embedding]);
      return [...byName]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, own]) => ({ name, embedding: meanEmbedding(own), count: own.length }));
    },
    async remove(name) {
      const own = (await readAll()).filter((voice) => voice.name === name);
      await Promise.all(own.map(({ path }) => rm(path, { force: true })));
      await syncFolder(voices);
      return own.length;
    },
  };
}

/** Whether a folder is an enrolment store, of whatever model. */
export async function isEnrolmentStore(folder: string): Promise<boolean> {
  return (await stat(join(folder, HEAD)).catch(() => undefined)) !== undefined;
}

async function readHead(folder: string): Promise<OfModel | undefined> {
  const path = join(folder, HEAD);
  const text = await readFile(path, "utf8").catch(ifRemoved);
  return text === undefined ? undefined : parseStoreHead(path, text);
}

/** Whoever links its file first decides; the others read it. */
async function readOrMakeHead(folder: string, { model, fingerprint }: OfModel): Promise<OfModel | undefined> {
  const found = await readHead(folder);
  if (found) return found;
  const others = await readdir(join(folder, VOICES));
  if (others.some((name) => name.endsWith(".json")))
    throw new SpeakerError(
      `enrolment store ${folder}: has voices but no ${HEAD}; expected both; was it deleted?`,
    );
  const temporary = join(folder, `${HEAD}.${randomUUID()}.tmp`);
  await writeSynced(temporary, `${JSON.stringify({ version: STORE_VERSION, model, fingerprint })}\n`);
  await link(temporary, join(folder, HEAD)).catch((error: unknown) => {
    if (codeOf(error) !== "EEXIST") throw error;
  });
  await rm(temporary, { force: true });
  await syncFolder(folder);
  return readHead(folder);
}

/** A new file, whole or not at all, that survives the power going off once this returns. */
async function writeDurably(folder: string, name: string, text: string): Promise<void> {
  const temporary = join(folder, `${name}.tmp`);
  try {
    await writeSynced(temporary, text);
    await rename(temporary, join(folder, name));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, "wx");
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A new name is on the disk when its folder is. Windows has no such call and needs none. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  await handle.sync().finally(() => handle.close());
}

/** A file that another program has just removed is not there; everything else is an error. */
function ifRemoved(error: unknown): undefined {
  if (codeOf(error) !== "ENOENT") throw error;
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && "code" in error ? error.code : undefined;
const hashOf = (name: string): string => createHash("sha256").update(name).digest("hex").slice(0, 16);
const withoutValues = ({ model, fingerprint }: SpeakerEmbedding): OfModel => ({ model, fingerprint });

function isOne(given: SpeakerEmbedding | readonly SpeakerEmbedding[]): given is SpeakerEmbedding {
  return "values" in given && given.values instanceof Float32Array; // a list has a method of that name
}
