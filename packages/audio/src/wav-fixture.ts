// Builds WAV files of every form, whole and broken, for tests.

/** What to build; everything has an ordinary default. */
export interface WavFixture {
  readonly tag?: number;
  readonly bits?: number;
  readonly channels?: number;
  readonly sampleRate?: number;
  readonly form?: "RIFF" | "RIFX" | "RF64";
  /** Puts the tag into the sub-format of WAVE_FORMAT_EXTENSIBLE. */
  readonly extensible?: boolean;
  /** Raw bytes of the data chunk. */
  readonly data: Uint8Array;
  /** What the data chunk's header says; default: the truth. */
  readonly dataSize?: number;
  /** What ds64 says in RF64; default: the truth. */
  readonly longDataSize?: bigint;
  /** Chunks before `data`. `pad: false` leaves out the padding byte of an odd one. */
  readonly chunks?: readonly { id: string; body: Uint8Array; pad?: boolean }[];
  /** Bytes after the data chunk. */
  readonly tail?: Uint8Array;
}

/** @returns the file */
export function wavFile(fixture: WavFixture): Uint8Array {
  const {
    tag = 1,
    bits = 16,
    channels = 1,
    sampleRate = 16000,
    form = "RIFF",
    extensible = false,
    data,
  } = fixture;
  const littleEndian = form !== "RIFX";
  const frameBytes = Math.ceil(bits / 8) * channels;
  const format = new DataView(new ArrayBuffer(extensible ? 40 : 16));
  format.setUint16(0, extensible ? 0xfffe : tag, littleEndian);
  format.setUint16(2, channels, littleEndian);
  format.setUint32(4, sampleRate, littleEndian);
  format.setUint32(8, sampleRate * frameBytes, littleEndian);
  format.setUint16(12, frameBytes, littleEndian);
  format.setUint16(14, bits, littleEndian);
  if (extensible) {
    format.setUint16(16, 22, littleEndian);
    format.setUint16(18, bits, littleEndian);
    format.setUint32(24, tag, littleEndian);
  }
  const size = (value: number) => {
    const view = new DataView(new ArrayBuffer(4));
    view.setUint32(0, value >>> 0, littleEndian);
    return new Uint8Array(view.buffer);
  };
  const chunk = (id: string, body: Uint8Array, pad = true) =>
    join([ascii(id), size(body.length), body, new Uint8Array(pad ? body.length % 2 : 0)]);
  const ds64 = new DataView(new ArrayBuffer(28));
  ds64.setBigUint64(8, fixture.longDataSize ?? BigInt(data.length), true);

  const body = join([
    ascii("WAVE"),
    ...(form === "RF64" ? [chunk("ds64", new Uint8Array(ds64.buffer))] : []),
    chunk("fmt ", new Uint8Array(format.buffer)),
    ...(fixture.chunks ?? []).map(({ id, body, pad }) => chunk(id, body, pad)),
    ascii("data"),
    size(fixture.dataSize ?? (form === "RF64" ? 0xffffffff : data.length)),
    data,
    fixture.tail ?? new Uint8Array(0),
  ]);
  return join([ascii(form), size(form === "RF64" ? 0xffffffff : body.length), body]);
}

/** Text as bytes. */
export function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Joins byte arrays. */
export function join(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}
