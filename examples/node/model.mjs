// The model that the package of the command brings; any folder or Hub id takes its place.
import { fileURLToPath } from "node:url";

export const model = fileURLToPath(new URL("../models/en-tiny", import.meta.resolve("wav2vec")));
export const recording = fileURLToPath(new URL("../audio/command.wav", import.meta.url));
