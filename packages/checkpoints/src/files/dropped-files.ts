// Files that a visitor chose or dropped on a page, as a checkpoint's folder.
import { FormatError } from "../errors.js";
import { blobAccess } from "./random-access.js";
import type { SourceFiles } from "./source-files.js";

/**
 * The files of one folder. Of a dropped tree only the top level that holds files counts, as in a folder on disk.
 *
 * @throws FormatError if there is none, or two have one name
 */
export function droppedFiles(files: readonly File[]): SourceFiles {
  const paths = files.map((file) => (file.webkitRelativePath || file.name).split("/"));
  const depth = Math.min(...paths.map(({ length }) => length));
  const byName = new Map<string, File>();
  files.forEach((file, i) => {
    if (paths[i]!.length > depth) return; // in a folder below
    if (byName.has(file.name))
      throw new FormatError(file.name, "was given twice; expected the files of one folder");
    byName.set(file.name, file);
  });
  if (byName.size === 0)
    throw new FormatError("files", "none were given; expected a weight file and the JSON files beside it");
  return {
    label: depth > 1 ? paths[0]!.slice(0, depth - 1).join("/") : [...byName.keys()].join(", ").slice(0, 200),
    names: [...byName.keys()].sort(),
    notes: [],
    open: async (name) => {
      const file = byName.get(name);
      if (!file) throw new FormatError(name, "is not among the files that were given; add it");
      return blobAccess(name, file);
    },
  };
}
