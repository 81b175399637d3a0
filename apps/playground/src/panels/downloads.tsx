// The transcript as a file.
import { formats, type FormatName, type TimedText } from "@wav2vec/decoders";

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
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([content], { type: "text/plain;charset=utf-8" }));
    link.download = name.replace(/\.[^.]*$/, "") + extension;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
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
