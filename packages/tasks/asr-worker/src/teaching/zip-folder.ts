// A model folder as one zip file, for downloads and drops.
import { FormatError } from "@wav2vec/checkpoints";

/** Stored, not compressed: weights hardly shrink, and anyone can look at single files. */
export async function zipFolder(folder: string, files: readonly File[]): Promise<Blob> {
  const { BlobReader, BlobWriter, configure, ZipWriter } = await import("@zip.js/zip.js");
  configure({ useWebWorkers: false }); // this is one
  const zip = new ZipWriter(new BlobWriter("application/zip"), { level: 0 });
  for (const file of files) await zip.add(`${folder}/${file.name}`, new BlobReader(file));
  return zip.close();
}

/**
 * The files of a model that was dropped as one zip; anything else is given back as it is.
 *
 * @throws FormatError if it is no sound zip archive
 */
export async function unzipped(files: readonly File[]): Promise<readonly File[]> {
  const [only] = files;
  if (files.length !== 1 || !only || !/\.zip$/i.test(only.name)) return files;
  const { BlobReader, BlobWriter, configure, ZipReader } = await import("@zip.js/zip.js");
  configure({ useWebWorkers: false });
  const zip = new ZipReader(new BlobReader(only));
  try {
    const entries = await zip.getEntries();
    const inside = entries.flatMap((entry) => (entry.directory ? [] : [entry]));
    const depth = Math.min(...inside.map(({ filename }) => filename.split("/").length));
    const top = inside.filter(({ filename }) => filename.split("/").length === depth); // as in a dropped folder
    return await Promise.all(
      top.map(async (entry) => new File([await entry.getData(new BlobWriter())], entry.filename.split("/").at(-1)!)), // prettier-ignore
    );
  } catch (error) {
    throw new FormatError(
      only.name,
      `is not a sound zip archive (${error instanceof Error ? error.message : String(error)}); expected the folder of a model`,
    );
  } finally {
    await zip.close().catch(() => {}); // the error that matters is the first
  }
}
