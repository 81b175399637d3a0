// The file that `speaker calibrate` writes and `speaker verify` reads.
import { readFile } from "node:fs/promises";
import { SpeakerError, type OfModel, type ScoreCalibration } from "@wav2vec/speaker";

/** A calibration with the model that it is of, as JSON. */
export function renderCalibration(calibration: ScoreCalibration, { model, fingerprint }: OfModel): string {
  return `${JSON.stringify({ model, fingerprint, ...calibration }, undefined, 2)}\n`;
}

/** @throws SpeakerError if the file is no calibration, or of another model */
export async function readCalibration(
  path: string,
  { model, fingerprint }: OfModel,
): Promise<ScoreCalibration> {
  let json: Partial<Record<string, unknown>>;
  try {
    json = Object(JSON.parse(await readFile(path, "utf8"))) as typeof json; // any object has such fields, or none
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    json = {};
  }
  const { scale, offset, equalErrorRate, logLikelihoodRatioCost } = json;
  if (typeof scale !== "number" || typeof offset !== "number")
    throw new SpeakerError(`${path}: is no calibration; expected the JSON that speaker calibrate writes`);
  if (json["fingerprint"] !== fingerprint)
    throw new SpeakerError(
      `${path}: is a calibration of "${String(json["model"])}", the model is "${model}"; expected one model; calibrate again`,
    );
  return { scale, offset, equalErrorRate, logLikelihoodRatioCost } as ScoreCalibration; // written together with the two that are checked
}
