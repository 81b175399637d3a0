// The transcript as a file.
import { formats, type FormatName, type TimedText } from "@wav2vec/decoders";
import { saveFile } from "../save-file.js";

const OFFERED: readonly (readonly [FormatName, string])[] = [
  ["srt", "SRT"],
  ["vtt", "VTT"],
  ["textgrid", "TextGrid"],
  ["json", "JSON"],
];

interface Props {
  readonly text: TimedText;
  readonly name: string;
  readonly durationSeconds: number;
}

export function Downloads({ text, name, durationSeconds }: Props) {
  const save = (format: FormatName) => {
    const { extension, render, options } = formats[format];
    const content = render(text, options.includes("duration") ? { duration: durationSeconds } : {});
    saveFile(
      new Blob([content], { type: "text/plain;charset=utf-8" }),
      name.replace(/\.[^.]*$/, "") + extension,
    );
  };
  return (
    <div class="row" role="group" aria-label="Download the transcript">
      {OFFERED.map(([format, label]) => (
        <button key={format} type="button" onClick={() => save(format)}>
          Download {label}
        </button>
      ))}
    </div>
  );
}
