// Annotation formats: tiers, time marks and label tracks, and what their readers refuse.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { timedTextOf, type TimedSegment } from "../timed-text.js";
import { formats, type FormatName } from "./formats.js";
import { parseTextGrid } from "./textgrid-parse.js";

const span = (text: string, start: number, end: number) => ({ text, start, end, confidence: 0.5 });
const hello: TimedSegment = {
  ...span("hello you", 0.5, 2),
  words: [
    { ...span("hello", 0.5, 1.25), characters: [span("h", 0.5, 0.75)] },
    { ...span("you", 1.5, 2), characters: [] },
  ],
};

describe("textgrid", () => {
  const short =
    'File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n3\n<exists>\n2\n"IntervalTier"\n"words"\n0\n3\n2\n0\n1\n"say ""hi"""\n1\n3\n""\n"TextTier"\n"bell"\n0\n3\n1\n2.5\n"ding"\n';

  it("reads the short form, quotes and points", () => {
    expect(parseTextGrid(short)).toEqual([
      {
        kind: "IntervalTier",
        name: "words",
        spans: [
          { start: 0, end: 1, text: 'say "hi"' },
          { start: 1, end: 3, text: "" },
        ],
      },
      { kind: "TextTier", name: "bell", spans: [{ start: 2.5, end: 2.5, text: "ding" }] },
    ]);
    expect(formats.textgrid.parse!(short).text).toBe('say "hi"');
  });

  it("refuses every cut of a file, with the line", () => {
    for (let cut = 0; cut < short.lastIndexOf('"'); cut++) {
      expect(() => parseTextGrid(short.slice(0, cut)), `cut at ${cut}`).toThrow(/^textgrid: line \d+: /u);
    }
  });

  it("keeps speakers and characters in tiers of their own", () => {
    const text = timedTextOf([
      { ...hello, speaker: "Ann" },
      { ...span("over her", 1, 3), words: [], speaker: "Bo" },
    ]);
    const source = formats.textgrid.render(text, { tiers: ["segments", "words", "characters"] });
    expect(parseTextGrid(source).map(({ name }) => name)).toEqual(
      ["Ann", "Bo"].flatMap((name) => [`${name} - segments`, `${name} - words`, `${name} - characters`]),
    );
    const read = formats.textgrid.parse!(source);
    expect(read.segments.map(({ speaker, text: said, start }) => [speaker, said, start])).toEqual([
      ["Ann", "hello you", 0.5],
      ["Bo", "over her", 1],
    ]);
    expect(read.segments[0]!.words[0]!.characters.map(({ text: character }) => character)).toEqual(["h"]);
  });

  it("tiles the time line without overlaps and loses no label, whatever the times", () => {
    const segment = fc
      .tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 9 }))
      .map(([start, length]): TimedSegment => ({
        ...span(`s${start}`, start / 10, (start + length) / 10),
        words: [],
      }));
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1 }), (segments) => {
        const timed = segments.filter(({ start, end }) => end > start);
        if (timed.length === 0) return;
        const spans = parseTextGrid(formats.textgrid.render(timedTextOf(timed), { duration: 9 }))[0]!.spans;
        expect([spans[0]!.start, spans.at(-1)!.end]).toEqual([0, 9]);
        spans.forEach((s, i) =>
          expect(s.end > s.start && (i === 0 || s.start === spans[i - 1]!.end)).toBe(true),
        );
        const labels = spans.flatMap(({ text }) => text.split(" ").filter(Boolean));
        expect(labels.sort()).toEqual(timed.map(({ text }) => text).sort());
      }),
    );
  });

  it("refuses a duration before the end of the text", () => {
    expect(() => formats.textgrid.render(timedTextOf([hello]), { duration: 1 })).toThrow(
      "duration is 1 s; expected at least 2",
    );
  });
});

describe("line formats", () => {
  it("writes who spoke when as RTTM", () => {
    const source = formats.rttm.render(
      timedTextOf([
        { ...hello, speaker: "Ann B" },
        { ...hello, confidence: null },
      ]),
      { recording: "a b" },
    );
    expect(source).toBe(
      "SPEAKER a_b 1 0.500 1.500 <NA> <NA> Ann_B 0.5000 <NA>\nSPEAKER a_b 1 0.500 1.500 <NA> <NA> <NA> <NA> <NA>\n",
    );
  });

  it("writes Audacity labels of each level", () => {
    const text = timedTextOf([{ ...hello, text: "hello\tyou\n" }]);
    expect(formats.audacity.render(text)).toBe("0.500000\t2.000000\thello you\n");
    expect(formats.audacity.render(text, { level: "characters" })).toBe("0.500000\t0.750000\th\n");
  });

  it("reads one recording of a CTM with several, and asks which", () => {
    const source = ";; comment\na 1 0.1 0.2 hi 0.9\nb 1 0 1 yo\n";
    expect(formats.ctm.parse!(source, { recording: "a" }).segments[0]!.words).toEqual([
      { start: 0.1, end: 0.3, text: "hi", confidence: 0.9, characters: [] },
    ]);
    expect(() => formats.ctm.parse!(source)).toThrow("the file holds a, b; expected one recording");
    expect(() => formats.ctm.parse!("a 1 x 0.2 hi")).toThrow("ctm: line 1:");
  });
});

describe("elan", () => {
  it("refers only to time slots that exist, and escapes what XML cannot hold", () => {
    const source = formats.elan.render(timedTextOf([{ ...hello, text: 'a < b & "c"\u0001' }]), {
      recording: "a.wav",
    });
    expect(source).toContain("<ANNOTATION_VALUE>a &lt; b &amp; &quot;c&quot;</ANNOTATION_VALUE>");
    const slots = [...source.matchAll(/TIME_SLOT_ID="(\w+)" TIME_VALUE="(\d+)"/gu)].map(([, id, value]) => [
      id,
      Number(value),
    ]);
    expect(slots.map(([, value]) => value)).toEqual([500, 2000, 500, 1250, 1500, 2000]);
    const used = [...source.matchAll(/TIME_SLOT_REF[12]="(\w+)"/gu)].map(([, id]) => id);
    expect(used).toEqual(slots.map(([id]) => id));
  });
});

describe("every format", () => {
  const names = Object.keys(formats) as FormatName[]; // the table's own keys

  it.each(names)("%s refuses options it does not know and times that run backwards", (name) => {
    const unknown = name === "vtt" ? { level: "words" as const } : { karaoke: true };
    expect(() => formats[name].render(timedTextOf([hello]), unknown)).toThrow("has no meaning here");
    expect(() => formats[name].render(timedTextOf([{ ...hello, end: 0 }]))).toThrow(
      `${name}: segment 0 lasts from 0.5 to 0`,
    );
    expect(() => formats[name].render(timedTextOf([{ ...hello, start: NaN }]))).toThrow("lasts from NaN");
  });

  it.each(names)("%s writes an empty text", (name) => {
    const { parse, render } = formats[name];
    const source = render(timedTextOf([]));
    if (parse) expect(parse(source).segments).toEqual([]);
    else expect(source).not.toContain("undefined");
  });

  it("reads any text without hanging: a value or a FormatError", () => {
    const seeds = names
      .filter((name) => formats[name].parse)
      .map((name) => formats[name].render(timedTextOf([hello])));
    const mutated = fc
      .tuple(fc.constantFrom(...seeds), fc.nat(400), fc.nat(9), fc.string())
      .map(([seed, at, cut, insert]) => seed.slice(0, at) + insert + seed.slice(at + cut));
    fc.assert(
      fc.property(fc.oneof(fc.string(), mutated), fc.constantFrom(...names), (source, name) => {
        try {
          formats[name].parse?.(source);
        } catch (error) {
          expect((error as Error).name).toBe("FormatError"); // whatever is thrown has a name or fails here
        }
      }),
      { numRuns: 500 },
    );
  });

  it("says where JSON differs from timed text", () => {
    expect(() => formats.json.parse!('{"text":"","segments":[{"start":"0"}]}')).toThrow(
      'segments[0].start is "0"; expected seconds',
    );
  });
});
