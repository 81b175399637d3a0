// The file that `speaker calibrate` writes, `speaker verify` and `speaker identify` read.
import { readFile } from "node:fs/promises";
import {
  requireSameScores,
  SpeakerError,
  type OfModel,
  type ScoreCalibration,
  type ScoreNorm,
} from "@wav2vec/speaker";

/** A calibration with the model that it is of, as JSON. */
export function renderCalibration(calibration: ScoreCalibration, { model, fingerprint }: OfModel): string {
  return `${JSON.stringify({ model, fingerprint, ...calibration }, undefined, 2)}\n`;
}

/** @throws SpeakerError if the file is no calibration, of another model, or of scores that were normalised otherwise */
export async function readCalibration(
  path: string,
  { model, fingerprint }: OfModel,
  scoreNorm: ScoreNorm | undefined,
): Promise<ScoreCalibration> {
  let json: Partial<Record<string, unknown>>;
  try {
    json = Object(JSON.parse(await readFile(path, "utf8"))) as typeof json; // any object has such fields, or none
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    json = {};
  }
  const { model: calibrated, fingerprint: own, ...calibration } = json;
  const { scale, offset } = calibration;
  if (typeof scale !== "number" || typeof offset !== "number")
    throw new SpeakerError(`${path}: is no calibration; expected the JSON that speaker calibrate writes`);
  if (own !== fingerprint)
    throw new SpeakerError(
      `${path}: is a calibration of "${String(calibrated)}", the model is "${model}"; expected one model; calibrate again`,
    );
  const read = calibration as unknown as ScoreCalibration; // the rest was written together with the two that are checked
  requireSameScores(path, read, scoreNorm);
  return read;
}
