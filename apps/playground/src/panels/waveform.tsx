// Waveform, spectrogram and word boundaries that can be dragged, drawn by wavesurfer.js.
import type { TimedText } from "@wav2vec/decoders";
import { useEffect, useRef, useState } from "preact/hooks";
import WaveSurfer from "wavesurfer.js";
import RegionsPlugin from "wavesurfer.js/plugins/regions";
import SpectrogramPlugin from "wavesurfer.js/plugins/spectrogram";
import { wordsOfText } from "../timed-words.js";

/** What the rest of the page may ask of the player. */
export interface Player {
  seek(seconds: number): void;
}

interface Props {
  readonly wav: Blob;
  readonly text: TimedText | undefined;
  readonly player: { current: Player | undefined };
  readonly onTime: (seconds: number) => void;
  readonly onMove: (word: number, start: number, end: number) => void;
}

export function Waveform({ wav, text, player, onTime, onMove }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const [surfer, setSurfer] = useState<WaveSurfer>();
  const [regions, setRegions] = useState<ReturnType<typeof RegionsPlugin.create>>();
  const [isLoaded, setIsLoaded] = useState(false);
  const [isPlaying, setIsPlaying] = useState(false);
  const move = useRef(onMove);
  move.current = onMove;

  useEffect(() => {
    const plugin = RegionsPlugin.create();
    const made = WaveSurfer.create({
      container: place.current!, // rendered before effects run
      height: 96,
      waveColor: "#7a8ba8",
      progressColor: "#3366cc",
      cursorColor: "#cc3333",
      minPxPerSec: 60,
      sampleRate: 16000, // that of the samples; its default would cut the spectrogram
      plugins: [
        plugin,
        SpectrogramPlugin.create({
          height: 110,
          fftSamples: 512,
          labels: false,
          frequencyMax: 8000,
          useWebWorker: true, // long recordings would hold up the page
        }),
      ],
    });
    made.on("timeupdate", onTime);
    made.on("play", () => setIsPlaying(true));
    made.on("pause", () => setIsPlaying(false));
    made.on("ready", () => setIsLoaded(true));
    plugin.on("region-updated", ({ id, start, end }) => move.current(Number(id), start, end));
    player.current = {
      seek(seconds) {
        made.setTime(seconds);
        void made.play();
      },
    };
    setSurfer(made);
    setRegions(plugin);
    return () => made.destroy();
  }, []);

  useEffect(() => {
    setIsLoaded(false);
    surfer?.loadBlob(wav).catch(() => undefined); // a newer recording came
  }, [surfer, wav]);

  useEffect(() => {
    if (!regions || !isLoaded) return;
    regions.clearRegions();
    if (!text) return;
    wordsOfText(text).forEach((word, i) =>
      regions.addRegion({
        id: String(i),
        start: word.start,
        end: word.end,
        content: label(word.text),
        drag: false,
        resize: true,
        color: i % 2 ? "rgba(51, 102, 204, 0.16)" : "rgba(204, 120, 51, 0.16)",
      }),
    );
  }, [regions, isLoaded, text]);

  return (
    <div class="waveform">
      <div ref={place} role="img" aria-label="Waveform and spectrogram with word boundaries" />
      <button type="button" disabled={!isLoaded} onClick={() => void surfer?.playPause()}>
        {isPlaying ? "Pause" : "Play"}
      </button>
    </div>
  );
}

function label(text: string): HTMLElement {
  const element = document.createElement("span");
  element.className = "region-label";
  element.style.cssText = "font-size: 11px; padding: 0 3px; white-space: nowrap; color: CanvasText;";
  element.textContent = text;
  return element;
}
