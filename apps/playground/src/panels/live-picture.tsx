// What the microphone hears, as it comes in: a waveform by wavesurfer.js and a spectrogram that slides along.
import { useEffect, useRef } from "preact/hooks";
import WaveSurfer from "wavesurfer.js";
import RecordPlugin from "wavesurfer.js/plugins/record";

const [WIDTH, HEIGHT] = [600, 100]; // pixels of the spectrogram; ten seconds at 60 frames a second
const HIGHEST = 8000; // Hz

export function LivePicture({ stream }: { readonly stream: MediaStream }) {
  const place = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);

  useEffect(() => {
    const surfer = WaveSurfer.create({ container: place.current!, height: 60, waveColor: "#7a8ba8" }); // rendered before effects run
    const recorder = surfer.registerPlugin(RecordPlugin.create({ scrollingWaveform: true, scrollingWaveformWindow: 10 })); // prettier-ignore
    const shown = recorder.renderMicStream(stream);
    const stop = slideSpectrogram(stream, canvas.current!); // as above
    return () => {
      stop();
      shown.onDestroy();
      surfer.destroy();
    };
  }, [stream]);

  return (
    <div class="live-picture" data-testid="live-picture">
      <div ref={place} role="img" aria-label="Waveform of the microphone" />
      <canvas
        ref={canvas}
        width={WIDTH}
        height={HEIGHT}
        role="img"
        aria-label="Spectrogram of the microphone"
      />
    </div>
  );
}

/** One column a frame, low tones below. @returns stops it */
function slideSpectrogram(stream: MediaStream, canvas: HTMLCanvasElement): () => void {
  const audio = new AudioContext();
  const analyser = new AnalyserNode(audio, { fftSize: 1024, smoothingTimeConstant: 0, minDecibels: -95, maxDecibels: -25 }); // prettier-ignore
  audio.createMediaStreamSource(stream).connect(analyser);
  const levels = new Uint8Array(analyser.frequencyBinCount);
  const context = canvas.getContext("2d")!; // the first and only context of this canvas
  const column = context.createImageData(1, HEIGHT);
  const used = (levels.length * HIGHEST) / (audio.sampleRate / 2);
  context.fillRect(0, 0, WIDTH, HEIGHT);
  let frame = requestAnimationFrame(function draw() {
    frame = requestAnimationFrame(draw);
    analyser.getByteFrequencyData(levels);
    for (let y = 0; y < HEIGHT; y++) {
      const level =
        levels[Math.min(levels.length - 1, Math.floor(((HEIGHT - 1 - y) * used) / HEIGHT))]! / 255;
      column.data.set([255 * Math.min(1, 1.6 * level), 255 * level ** 2, 150 * level ** 0.5 * (1 - level), 255], 4 * y); // prettier-ignore
    }
    context.drawImage(canvas, -1, 0);
    context.putImageData(column, WIDTH - 1, 0);
  });
  return () => {
    cancelAnimationFrame(frame);
    void audio.close();
  };
}
