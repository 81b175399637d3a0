// Makes the recordings of `examples/audio` and `examples/words` with flite, a speech synthesiser of the Linux distributions.
// They are committed, so only a change of phrases needs this: node tools/workspace/make-demo-audio.mjs
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { must, root } from "./step.mjs";

/** Phrases of the kind that the shipped model knows, each in another voice; letters are spelled out. */
const recordings = [
  // A tenth slower than by itself, where the model runs ONE EIGHT together.
  { folder: "audio", name: "digits", voice: "rms", text: "SEVEN THREE ONE EIGHT TWO FOUR", stretch: 1.1 },
  { folder: "audio", name: "command", voice: "awb", text: "ENTER SIXTY SEVEN" },
  { folder: "audio", name: "spelled", voice: "kal16", text: "P I T T S B U R G H" },
];

/** Words that the shipped model does not know, each by two voices to learn from and said once more, slower, to test with. */
for (const text of ["COFFEE PLEASE", "LIGHTS ON", "LIGHTS OFF", "PLAY MUSIC", "GOOD MORNING"]) {
  const name = text.toLowerCase().replaceAll(" ", "-");
  recordings.push({ folder: "words", name: `${name}-1`, voice: "rms", text });
  recordings.push({ folder: "words", name: `${name}-2`, voice: "awb", text });
  recordings.push({ folder: "words", name: `${name}-test`, voice: "rms", text, stretch: 1.2 });
}

for (const { folder, name, voice, text, stretch } of recordings) {
  const path = join(root, "examples", folder, `${name}.wav`);
  // Words in capitals would be read as abbreviations; single letters must stay capitals to be read as letters.
  const spoken = text.replace(/[A-Z]{2,}/g, (word) => word.toLowerCase());
  const setting = stretch === undefined ? [] : ["--setf", `duration_stretch=${stretch}`];
  await must("flite", ["-voice", voice, ...setting, "-t", spoken, "-o", path]);
  const sampleRate = readFileSync(path).readUInt32LE(24);
  if (sampleRate !== 16000)
    throw new Error(`flite: ${voice} gave ${sampleRate} Hz; expected 16000; use a 16 kHz voice`);
  writeFileSync(path.replace(".wav", ".txt"), `${text}\n`);
}
