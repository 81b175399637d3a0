// The recordings that lie in a folder, known by their names; none is opened.
import { readdir } from "node:fs/promises";

const RECORDING = /\.(wav|flac|mp3|ogg|opus|m4a|mp4|aac|webm|aiff?|au|sph)$/i;

/** Every recording under a folder, as paths from there, in the order of names. */
export async function listRecordings(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).filter((name) => RECORDING.test(name)).sort();
}
