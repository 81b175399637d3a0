// Makes the recordings of `examples/audio` with flite, a speech synthesiser of the Linux distributions.
// They are committed, so only a change of phrases needs this: node tools/workspace/make-demo-audio.mjs
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { must, root } from "./step.mjs";

/** Phrases of the kind that the shipped model knows, each in another voice; letters are spelled out. */
const recordings = [
  { name: "digits", voice: "rms", text: "SEVEN THREE ONE EIGHT TWO FOUR" },
  { name: "command", voice: "awb", text: "ENTER SIXTY SEVEN" },
  { name: "spelled", voice: "kal16", text: "P I T T S B U R G H" },
];

for (const { name, voice, text } of recordings) {
  const path = join(root, "examples", "audio", `${name}.wav`);
  // Words in capitals would be read as abbreviations; single letters must stay capitals to be read as letters.
  const spoken = text.replace(/[A-Z]{2,}/g, (word) => word.toLowerCase());
  await must("flite", ["-voice", voice, "-t", spoken, "-o", path]);
  const sampleRate = readFileSync(path).readUInt32LE(24);
  if (sampleRate !== 16000)
    throw new Error(`flite: ${voice} gave ${sampleRate} Hz; expected 16000; use a 16 kHz voice`);
  writeFileSync(path.replace(".wav", ".txt"), `${text}\n`);
}
