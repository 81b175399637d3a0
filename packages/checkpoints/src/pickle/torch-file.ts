// Opens whatever torch.save wrote, in the zip layout or the one before PyTorch 1.6.
import type { WeightHandle } from "@wav2vec/core";
import { FormatError } from "../errors.js";
import type { RandomAccess } from "../files/random-access.js";
import { readLegacyTorchFile } from "./torch-legacy.js";
import { readTorchArchive } from "./torch-archive.js";
import type { PyValue, TorchTensor } from "./values.js";

/** An unpickled file whose tensors still lie on disk. */
export interface TorchFile {
  readonly layout: "zip" | "legacy";
  /** What was saved. */
  readonly root: PyValue;
  /** A handle on one of its tensors. */
  tensor(tensor: TorchTensor): Promise<WeightHandle>;
}

/**
 * Opens a file of torch.save (`.bin`, `.pt`, `.pth`); the first bytes decide the layout.
 *
 * @throws FormatError if it is neither layout, damaged, or names Python code
 */
export async function readTorchFile(file: RandomAccess): Promise<TorchFile> {
  if (file.size < 16)
    throw new FormatError(file.name, `has ${file.size} bytes; too short for a PyTorch file`);
  const head = new DataView((await file.read(0, 4)).buffer);
  return head.getUint32(0, false) === 0x504b0304 ? readTorchArchive(file) : readLegacyTorchFile(file);
}
