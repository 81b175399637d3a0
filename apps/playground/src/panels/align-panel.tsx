// A text that is known, put onto the recording.
import { useState } from "preact/hooks";

export function AlignPanel({ onAlign }: { onAlign: (text: string) => void }) {
  const [text, setText] = useState("");
  const submit = (event: Event) => {
    event.preventDefault();
    onAlign(text);
  };
  return (
    <form onSubmit={submit} class="align">
      <label>
        Text that was said, to align with the recording
        <textarea rows={3} required value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      <button type="submit">Align</button>
    </form>
  );
}
