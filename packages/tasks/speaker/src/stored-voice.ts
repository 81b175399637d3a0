// The JSON of an enrolment store's files, checked when read.
import type { OfModel, SpeakerEmbedding } from "./speaker-embedding.js";
import { SpeakerError } from "./speaker-error.js";

/** One embedding with its speaker's name. */
export interface StoredVoice {
  readonly name: string;
  readonly embedding: SpeakerEmbedding;
}

export const STORE_VERSION = 1;

/** Numbers as JSON give the same float32 back. */
export function renderVoice({ name, embedding: { values, model, fingerprint } }: StoredVoice): string {
  return `${JSON.stringify({ version: STORE_VERSION, name, model, fingerprint, values: [...values] })}\n`;
}

/** @throws SpeakerError naming the file if it is damaged or of a later version */
export function parseVoice(path: string, text: string): StoredVoice {
  const { name, values, ...rest } = parse(path, text);
  const isVoice =
    typeof name === "string" &&
    Array.isArray(values) &&
    values.length > 0 &&
    values.every((x) => typeof x === "number");
  if (!isVoice) throw damaged(path, "a name and the numbers of an embedding");
  return { name, embedding: { ...modelOf(path, rest), values: Float32Array.from(values) } };
}

/** @throws SpeakerError as parseVoice */
export function parseStoreHead(path: string, text: string): OfModel {
  return modelOf(path, parse(path, text));
}

function parse(path: string, text: string): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw damaged(path, "JSON");
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw damaged(path, "a JSON object");
  const fields = json as Record<string, unknown>; // an object, just checked
  if (fields["version"] !== STORE_VERSION) {
    throw new SpeakerError(
      `enrolment store ${path}: version is ${JSON.stringify(fields["version"])}; expected ${STORE_VERSION}; was it written by a later release?`,
    );
  }
  return fields;
}

function modelOf(path: string, { model, fingerprint }: Record<string, unknown>): OfModel {
  if (typeof model === "string" && typeof fingerprint === "string") return { model, fingerprint };
  throw damaged(path, "the model and its fingerprint");
}

const damaged = (path: string, expected: string): SpeakerError =>
  new SpeakerError(
    `enrolment store ${path}: expected ${expected}; the file is damaged; remove it and enrol again`,
  );
