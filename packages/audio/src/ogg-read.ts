// Ogg: Opus, Vorbis and FLAC streams, one after another where a file chains several.

import { OggVorbisDecoder } from "@wasm-audio-decoders/ogg-vorbis";
import { AudioError, causeText } from "./audio-error.js";
import type { ByteReader } from "./byte-reader.js";
import { countDamage, warningOfDamage, type DamageCount } from "./damage.js";
import type { Decoding, DecodeReport, PcmBlock } from "./decoding.js";
import { flacBlocks } from "./flac-read.js";
import { oggCodec, oggPackets, oggPages, type OggPage } from "./ogg-pages.js";
import { opusBlocks, parseOpusHead, type OpusPacket } from "./opus-decode.js";

type PageStream = AsyncGenerator<OggPage, void, undefined>;

/**
 * Opens an Ogg file at its first audio stream.
 *
 * @throws AudioError if no page holds one
 */
export async function openOgg(reader: ByteReader, report: DecodeReport): Promise<Decoding> {
  const damage = countDamage("pages or packets");
  const pages = oggPages(reader, () => damage.add(1));
  const first = await nextAudioStart(pages);
  if (!first)
    throw new AudioError(
      "is an Ogg file without an audio stream that starts in it; expected Opus, Vorbis or FLAC; convert it to one of them",
      {
        reason: "damaged",
        source: reader.name,
      },
    );
  const codec = oggCodec(first);
  if (codec === "speex") return { format: "ogg Speex", blocks: null };
  return { format: `ogg ${codec}`, blocks: warningOfDamage(linkedBlocks(first, pages), damage, report) };

  async function* linkedBlocks(start: OggPage, rest: PageStream): AsyncGenerator<PcmBlock> {
    for (let link: OggPage | null = start; link;) {
      let next: OggPage | null = null;
      yield* streamBlocks(
        link,
        streamPages(link, rest, (page) => (next = page)),
        reader.name,
        damage,
      );
      link = next ?? (await nextAudioStart(rest));
    }
  }
}

async function nextAudioStart(pages: PageStream): Promise<OggPage | null> {
  for (;;) {
    const { done, value } = await pages.next();
    if (done) return null;
    if (value.isFirst && oggCodec(value)) return value;
  }
}

/** The pages of the stream that `start` opens; `onNext` gets the start of a chained one that cuts it off. */
async function* streamPages(
  start: OggPage,
  rest: PageStream,
  onNext: (page: OggPage) => void,
): AsyncGenerator<OggPage> {
  yield start;
  let hasData = false;
  for (let page = start; !page.isLast;) {
    const { done, value } = await rest.next();
    if (done) return;
    if (value.isFirst && value.serial !== start.serial) {
      if (!hasData || !oggCodec(value)) continue; // streams that play together start together
      onNext(value);
      return;
    }
    if (value.serial !== start.serial) continue;
    hasData = true;
    page = value;
    yield page;
  }
}

function streamBlocks(
  start: OggPage,
  pages: AsyncIterable<OggPage>,
  source: string,
  damage: DamageCount,
): AsyncIterable<PcmBlock> {
  const codec = oggCodec(start);
  if (codec === "flac") return flacBlocks(flacPackets(pages), damage);
  if (codec === "vorbis") return vorbisBlocks(pageBytes(pages), source, damage);
  const head = codec === "opus" ? parseOpusHead(start.body) : null;
  if (!head)
    throw new AudioError(
      `holds ${codec ?? "unknown audio"} with a header that makes no sense; expected channels and a mapping; convert it again`,
      {
        reason: "damaged",
        source,
      },
    );
  return opusBlocks(opusPackets(pages), head, damage);
}

async function* pageBytes(pages: AsyncIterable<OggPage>): AsyncGenerator<Uint8Array> {
  for await (const page of pages) yield page.bytes;
}

/** The audio packets: all but the two headers. */
async function* opusPackets(pages: AsyncIterable<OggPage>): AsyncGenerator<OpusPacket> {
  let index = 0;
  for await (const { bytes, granule, isLast } of oggPackets(pages))
    if (index++ >= 2) yield { bytes, end: granule, isLast };
}

/** The frames: every packet that begins with a frame's sync code; header packets never do. */
async function* flacPackets(pages: AsyncIterable<OggPage>): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of oggPackets(pages)) if (bytes[0] === 0xff) yield bytes;
}

async function* vorbisBlocks(
  pages: AsyncIterable<Uint8Array>,
  source: string,
  damage: DamageCount,
): AsyncGenerator<PcmBlock> {
  const decoder = new OggVorbisDecoder();
  await decoder.ready;
  const blockOf = ({
    channelData,
    samplesDecoded,
    sampleRate,
    errors,
  }: Awaited<ReturnType<typeof decoder.flush>>): PcmBlock | null => {
    damage.add(errors.length);
    return samplesDecoded > 0 ? { sampleRate, channels: channelData } : null;
  };
  try {
    for await (const page of pages) {
      const block = blockOf(await decoder.decode(page));
      if (block) yield block;
    }
    const block = blockOf(await decoder.flush());
    if (block) yield block;
  } catch (cause) {
    if (cause instanceof AudioError) throw cause;
    throw new AudioError(
      `holds Vorbis that does not decode: ${causeText(cause)}; expected whole pages; convert it again`,
      {
        reason: "damaged",
        source,
        cause,
      },
    );
  } finally {
    decoder.free();
  }
}
