// MP4, WebM, MPEG-TS and ADTS: mediabunny finds the packets, our decoders or the platform's WebCodecs decode them.

import {
  AudioSampleSink,
  BlobSource,
  EncodedPacketSink,
  FilePathSource,
  Input,
  Logging,
  LogLevel,
  ADTS,
  MATROSKA,
  MP4,
  MPEG_TS,
  QTFF,
  WEBM,
} from "mediabunny";
import type { InputAudioTrack } from "mediabunny";
import { AudioError, causeText } from "./audio-error.js";
import type { SeekableSource } from "./audio-source.js";
import { boundedSource } from "./bounded-source.js";
import { countDamage, warningOfDamage, type DamageCount } from "./damage.js";
import type { Decoding, DecodeReport, PcmBlock } from "./decoding.js";
import { flacBlocks } from "./flac-read.js";
import { mp3Blocks } from "./mp3-read.js";
import { opusBlocks, parseOpusHead, type OpusPacket } from "./opus-decode.js";

/**
 * Opens the first audio track of a container.
 *
 * @param data a path or a Blob: containers are read at several places
 * @param name of the container, for messages
 * @returns blocks null where neither we nor the platform decode the track's codec
 * @throws AudioError if there is no audio track, or the boxes make no sense
 */
export async function openContainer(
  data: SeekableSource["data"],
  name: string,
  source: string,
  report: DecodeReport,
): Promise<Decoding> {
  Logging.level = LogLevel.Errors; // it warns of unknown codecs on the console; we name them in our own error
  const fail = (what: string, cause?: unknown) => new AudioError(what, { reason: "damaged", source, cause });
  const { source: bounded, progress } = boundedSource(
    typeof data === "string" ? new FilePathSource(data) : new BlobSource(data),
  );
  const input = new Input({
    formats: [MP4, QTFF, MATROSKA, WEBM, ADTS, MPEG_TS],
    source: bounded,
  });
  const damaged = (cause: unknown) =>
    fail(
      `is ${name} that does not parse: ${causeText(cause)}; expected a whole file; copy or convert it again`,
      cause,
    );
  try {
    const track = await input.getPrimaryAudioTrack();
    if (!track)
      throw fail(`is ${name} without an audio track; expected sound; check that it is the right file`);
    const codec = await track.getCodec();
    const damage = countDamage("packets");
    const breaksOff = (cause: unknown) =>
      report.warn(`is ${name} that breaks off: ${causeText(cause)}; read what is there`);
    const blocks = await trackBlocks(track, codec, { damage, progress, breaksOff });
    const codecName = codec ?? (await track.getInternalCodecId());
    if (blocks === null) input.dispose();
    return {
      format: `${name} ${typeof codecName === "string" ? codecName : "of unknown codec"}`,
      blocks: blocks && warningOfDamage(closing(input, blocks, damaged), damage, report),
    };
  } catch (cause) {
    input.dispose();
    throw cause instanceof AudioError ? cause : damaged(cause);
  }
}

interface TrackReport {
  readonly damage: DamageCount;
  /** A piece was read. */
  progress(): void;
  /** No more pieces can be read, for this reason. */
  breaksOff(cause: unknown): void;
}

async function trackBlocks(
  track: InputAudioTrack,
  codec: string | null,
  report: TrackReport,
): Promise<AsyncIterable<PcmBlock> | null> {
  const { damage } = report;
  const packets = packetBytes(track, report);
  if (codec === "mp3") return mp3Blocks(packets, await track.getNumberOfChannels(), damage);
  if (codec === "flac") return flacBlocks(packets, damage);
  const description = codec === "opus" ? descriptionBytes(await track.getDecoderConfig()) : null;
  const head = description && parseOpusHead(description);
  if (head) return opusBlocks(opusPackets(packets), head, damage);
  return (await track.canDecode()) ? sampleBlocks(track, report) : null;
}

async function* closing(
  input: Input,
  blocks: AsyncIterable<PcmBlock>,
  damaged: (cause: unknown) => AudioError,
): AsyncGenerator<PcmBlock> {
  try {
    yield* blocks;
  } catch (cause) {
    throw cause instanceof AudioError ? cause : damaged(cause);
  } finally {
    input.dispose();
  }
}

/** What is read from a track, as far as it goes: an error after the first piece is the end of a truncated file. */
async function* readable<T>(
  pieces: AsyncIterable<T>,
  { progress, breaksOff }: TrackReport,
): AsyncGenerator<T> {
  let isStarted = false;
  try {
    for await (const piece of pieces) {
      isStarted = true;
      progress();
      yield piece;
    }
  } catch (cause) {
    if (!isStarted) throw cause;
    breaksOff(cause);
  }
}

async function* packetBytes(track: InputAudioTrack, report: TrackReport): AsyncGenerator<Uint8Array> {
  for await (const { data } of readable(new EncodedPacketSink(track).packets(), report)) yield data;
}

async function* opusPackets(packets: AsyncIterable<Uint8Array>): AsyncGenerator<OpusPacket> {
  for await (const bytes of packets) yield { bytes, end: null, isLast: false };
}

/** Samples that mediabunny decodes: PCM anywhere, everything that WebCodecs knows in a browser. */
async function* sampleBlocks(track: InputAudioTrack, report: TrackReport): AsyncGenerator<PcmBlock> {
  for await (const sample of readable(new AudioSampleSink(track).samples(), report)) {
    const { sampleRate, numberOfFrames, numberOfChannels, timestamp } = sample;
    const early = Math.min(numberOfFrames, Math.max(0, Math.round(-timestamp * sampleRate))); // encoder delay plays before 0
    const channels = Array.from({ length: numberOfChannels }, (_, planeIndex) => {
      const samples = new Float32Array(numberOfFrames);
      sample.copyTo(samples, { planeIndex, format: "f32-planar" });
      return samples.subarray(early);
    });
    sample.close();
    if (early < numberOfFrames) yield { sampleRate, channels };
  }
}

function descriptionBytes(config: AudioDecoderConfig | null): Uint8Array | null {
  const description = config?.description;
  if (!description) return null;
  return ArrayBuffer.isView(description)
    ? new Uint8Array(description.buffer, description.byteOffset, description.byteLength)
    : new Uint8Array(description);
}
