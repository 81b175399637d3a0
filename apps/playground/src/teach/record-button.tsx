// Records one clip: pressed once it listens, pressed again it gives the samples.
import { useEffect, useRef, useState } from "preact/hooks";
import { joinBlocks } from "../audio/join-blocks.js";
import { openMicrophone, type Microphone } from "../audio/microphone.js";

interface Props {
  readonly label: string;
  readonly disabled: boolean;
  readonly onSamples: (samples: Float32Array) => void;
  readonly onError: (error: unknown) => void;
}

export function RecordButton({ label, disabled, onSamples, onError }: Props) {
  const [isOn, setIsOn] = useState(false);
  const microphone = useRef<Microphone | undefined>(undefined);
  const blocks = useRef<Float32Array[]>([]);
  useEffect(() => () => void microphone.current?.stop(), []);

  const toggle = async () => {
    try {
      if (!isOn) {
        blocks.current = [];
        microphone.current = await openMicrophone((samples) => blocks.current.push(samples));
        setIsOn(true);
        return;
      }
      setIsOn(false);
      await microphone.current?.stop();
      microphone.current = undefined;
      onSamples(joinBlocks(blocks.current));
    } catch (error) {
      setIsOn(false);
      onError(error);
    }
  };
  return (
    <button
      type="button"
      class={isOn ? "recording" : ""}
      disabled={disabled && !isOn}
      aria-pressed={isOn}
      onClick={() => void toggle()}
    >
      {isOn ? "Stop" : label}
    </button>
  );
}
