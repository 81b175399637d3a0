// From a source to PCM blocks: detects the format and picks the reader.

import { AudioError } from "./audio-error.js";
import { hasFileSystem, seekable, sourceChunks, type AudioSource } from "./audio-source.js";
import { openAiff, openAu } from "./au-aiff-read.js";
import { ByteReader } from "./byte-reader.js";
import { openContainer } from "./container-read.js";
import type { Decoding, DecodeReport, PcmBlock } from "./decoding.js";
import { detectFormat, headBytes, id3Bytes } from "./detect-format.js";
import { ffmpegBlocks, ffmpegMissing } from "./ffmpeg-read.js";
import { openFlac } from "./flac-read.js";
import { openMp3 } from "./mp3-read.js";
import { openOgg } from "./ogg-read.js";
import { openSphere } from "./sphere-read.js";
import { openWav } from "./wav-read.js";

/** How to decode. */
export interface DecodeOptions {
  readonly name: string;
  readonly ffmpeg: string | false;
  readonly signal: AbortSignal | undefined;
}

/** A stretch of PCM and the format it came from. */
export interface DecodedBlock extends PcmBlock {
  readonly format: string;
}

/**
 * Decodes a source block by block, closing it at the end or when the caller stops.
 *
 * @throws AudioError if the source cannot be read, is not audio, or cannot be decoded
 */
export async function* decodeAudio(
  source: AudioSource,
  options: DecodeOptions,
  report: DecodeReport,
): AsyncGenerator<DecodedBlock> {
  const { name, signal } = options;
  const reader = new ByteReader(name, sourceChunks(source), signal);
  const releases: (() => Promise<void>)[] = [() => reader.close()];
  try {
    for (let tag = id3Bytes(await reader.peek(10)); tag > 0; tag = id3Bytes(await reader.peek(10)))
      await reader.skip(tag);
    const head = (await reader.peek(headBytes)).slice();
    const start = reader.position;
    const decoding = await open();
    if (decoding.blocks) return yield* named(decoding.format, decoding.blocks);
    const path = await pathFor(decoding.format);
    yield* named(
      `${decoding.format} (ffmpeg)`,
      ffmpegBlocks({ command: options.ffmpeg, path, format: decoding.format, source: name }, report),
    );

    async function open(): Promise<Decoding> {
      const format = detectFormat(head);
      switch (format.kind) {
        case "wav":
          return openWav(reader, report);
        case "sphere":
          return openSphere(reader, report);
        case "au":
          return openAu(reader, report);
        case "aiff":
          return openAiff(reader, report);
        case "flac":
          return openFlac(reader, report);
        case "ogg":
          return openOgg(reader, report);
        case "mp3":
          return openMp3(reader, format.frame, report);
        case "container": {
          const { data, release } = await seekable(source, reader, false);
          releases.push(release);
          return openContainer(data, format.name, name, report);
        }
        case "other":
          return { format: format.name, blocks: null };
        case "unknown":
          throw notAudio(name, start + head.length, format.guess);
      }
    }

    /** A file for ffmpeg: the source's own, or a copy made of the header that was read and the rest. */
    async function pathFor(format: string): Promise<string> {
      if (options.ffmpeg === false) throw ffmpegMissing(format, name, "the option ffmpeg is false");
      if (!hasFileSystem()) throw ffmpegMissing(format, name, "it cannot run here");
      if (typeof source === "string") return source;
      const { data, release } = await seekable(source, await rewound(), true);
      releases.push(release);
      return data as string; // as: asFile was asked for
    }

    async function rewound(): Promise<ByteReader> {
      if (source instanceof Uint8Array || source instanceof ArrayBuffer || source instanceof Blob)
        return new ByteReader(name, sourceChunks(source), signal);
      const read = reader.position - start;
      if (read > head.length)
        throw new AudioError(
          `has ${read} bytes of header; expected its codec in the first ${head.length}; save the stream to a file first`,
          {
            reason: "unsupported",
            source: name,
          },
        );
      async function* chunks() {
        yield head.subarray(0, read);
        yield* reader.chunks(headBytes);
      }
      return new ByteReader(name, chunks(), signal);
    }
  } finally {
    for (const release of releases) await release();
  }
}

async function* named(format: string, blocks: AsyncIterable<PcmBlock>): AsyncGenerator<DecodedBlock> {
  for await (const block of blocks) yield { ...block, format };
}

function notAudio(source: string, byteCount: number, guess: string): AudioError {
  if (byteCount === 0)
    return new AudioError("is empty (0 bytes); expected audio; check how it was made", {
      reason: "empty",
      source,
    });
  return new AudioError(
    `is ${guess}; expected WAV, FLAC, MP3, Ogg, M4A, WebM, AIFF, AU or SPHERE; give an audio file, or convert it, e.g. ffmpeg -i IN OUT.wav`,
    { reason: "unknown-format", source },
  );
}
