import { diarizationErrors, type SpeakerTurn } from "@wav2vec/metrics";
import { describe, expect, it } from "vitest";
import golden from "../fixtures/speaker.golden.json" with { type: "json" };
import { voice } from "../fixtures/voices.js";
import type { SpeakerEmbedder } from "../speaker-embedder.js";
import { clusterEmbeddings } from "./cluster.js";
import { diarizeByClustering } from "./cluster-diarizer.js";
import { joinActivities } from "./join-activities.js";
import { parseRttm, renderRttm } from "./rttm.js";
import { smoothPath } from "./smooth-path.js";
import { assignSpeakers } from "./speaker-words.js";
import { speechActivity } from "./speech-activity.js";

/** The same groups, whatever their numbers: numbered in order of appearance. */
const renumbered = (groups: readonly number[]) => {
  const seen = [...new Set(groups)];
  return groups.map((group) => seen.indexOf(group));
};

describe("clustering", () => {
  const voices = golden.clusters.voices.map((values) => voice(values));

  it.each(Object.entries(golden.clusters.counts))("into %s groups is scipy's", (count, groups) => {
    expect(clusterEmbeddings(voices, { speakers: Number(count) })).toEqual(renumbered(groups));
  });

  it.each(Object.entries(golden.clusters.thresholds))(
    "down to a cosine of %s is scipy's",
    (least, groups) => {
      expect(clusterEmbeddings(voices, { threshold: Number(least) })).toEqual(renumbered(groups));
    },
  );

  it("takes ties, few voices and none", () => {
    const same = Array.from({ length: 5 }, () => voice([1, 2]));
    expect(clusterEmbeddings(same, { threshold: 0.99 })).toEqual([0, 0, 0, 0, 0]);
    expect(new Set(clusterEmbeddings(same, { speakers: 2 })).size).toBe(2);
    expect(clusterEmbeddings([voice([1])], { speakers: 3 })).toEqual([0]);
    expect(clusterEmbeddings([], { threshold: 0.5 })).toEqual([]);
    expect(() => clusterEmbeddings(same, { speakers: 0 })).toThrow("speakers is 0");
    expect(() => clusterEmbeddings(same, { threshold: 2 })).toThrow("threshold is 2");
    expect(() => clusterEmbeddings([...same, voice([1, 2], "b".repeat(64))], { speakers: 1 })).toThrow("of two models"); // prettier-ignore
  });
});

describe("smoothing", () => {
  const rows = (text: string) => [...text].map((c) => (c === "a" ? [0.6, 0.4] : [0.4, 0.6]));
  const said = (path: readonly number[]) => path.map((s) => "ab"[s]).join("");

  it("drops blips that do not pay for two changes, and keeps turns that do", () => {
    expect(said(smoothPath(rows("aaaabaaaabbbbbbaaaa"), 0.3))).toBe("aaaaaaaaabbbbbbaaaa");
    expect(said(smoothPath(rows("aaaabaaaabbbbbbaaaa"), 0))).toBe("aaaabaaaabbbbbbaaaa");
    expect(said(smoothPath(rows("aaaabaaaabbbbbbaaaa"), 5))).toBe("aaaaaaaaaaaaaaaaaaa");
    expect(smoothPath([], 1)).toEqual([]);
  });
});

const RATE = 16_000;
/** Sines with a hum below, one pitch a voice; silence is 0 Hz. */
function tones(parts: readonly (readonly [hertz: number, seconds: number])[]): Float32Array {
  return Float32Array.from(
    parts.flatMap(
      ([hertz, seconds]) =>
      Array.from({ length: seconds * RATE }, (_, i) => 0.3 * Math.sin((2 * Math.PI * hertz * i) / RATE) + 1e-3 * Math.sin(i)), // prettier-ignore
    ),
  );
}

/** Tells voices by pitch: an embedding without a network, of the share of sign changes. */
const byPitch: SpeakerEmbedder = {
  ...{ model: "made-up", fingerprint: "a".repeat(64), leastSamples: 5200, dispose: () => undefined },
  embedAll: (clips) =>
    Promise.resolve(
      clips.map((clip) => {
        if (!(clip instanceof Float32Array)) throw new Error("expected samples");
        const changes = clip.filter((x, i) => i > 0 && x > 0 !== clip[i - 1]! > 0).length;
        const angle = ((changes / clip.length) * RATE) / 400; // 100 Hz are half a radian
        return voice([Math.cos(angle), Math.sin(angle)]);
      }),
    ),
  embed: async (clip) => (await byPitch.embedAll([clip]))[0]!, // one in, one out
  verify: () => Promise.reject(new Error("not asked")),
};

describe("clustering diarization", () => {
  const turn = (start: number, end: number, speaker: string): SpeakerTurn => ({ start, end, speaker });
  const recording = tones([[0, 1], [100, 6], [0, 1], [300, 5], [100, 4], [0, 0.7], [300, 0.9], [0, 2]]); // prettier-ignore
  const real = [turn(1, 7, "low"), turn(8, 13, "high"), turn(13, 17, "low"), turn(17.7, 18.6, "high")];

  it("finds turns and changes within a stretch of speech, the count being known or not", async () => {
    for (const count of [{ speakers: 2 }, { threshold: 0.8 }]) {
      const turns = await diarizeByClustering(byPitch, recording, count);
      expect(new Set(turns.map(({ speaker }) => speaker))).toEqual(new Set(["speaker-1", "speaker-2"]));
      expect(turns[0]!.speaker).toBe("speaker-1");
      const { rate, confusion } = diarizationErrors(real, turns, { collar: 0.25 });
      expect(confusion).toBeLessThan(0.6); // a change may be off by a step on each side
      expect(rate).toBeLessThan(0.05);
    }
  });

  it("takes speech from elsewhere, tells how far it is, and stops when told", async () => {
    const speech = [{ start: 1, end: 7 }];
    const done: number[] = [];
    const onProgress = ({ windowsDone }: { windowsDone: number }) => void done.push(windowsDone);
    const turns = await diarizeByClustering(byPitch, recording, {
      speakers: 1,
      speech,
      batchSize: 3,
      onProgress,
    });
    expect(turns).toEqual([turn(1, 7, "speaker-1")]);
    expect(done).toEqual([3, 6, 7]);
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(diarizeByClustering(byPitch, recording, { speakers: 1, signal })).rejects.toThrow("enough");
  });

  it("finds nobody in silence and refuses 0.1 s, short windows, counts that are none", async () => {
    expect(await diarizeByClustering(byPitch, new Float32Array(5 * RATE), { speakers: 2 })).toEqual([]);
    await expect(diarizeByClustering(byPitch, new Float32Array(1600), { speakers: 2 })).rejects.toThrow(
      "has 1600 samples at 16 kHz; expected at least 5200",
    );
    const diarize = (options: Parameters<typeof diarizeByClustering>[2]) => diarizeByClustering(byPitch, recording, options); // prettier-ignore
    await expect(diarize({ speakers: 2, windowSeconds: 0.3 })).rejects.toThrow("windowSeconds is 0.3");
    await expect(diarize({ speakers: 2, hopSeconds: 0 })).rejects.toThrow("hopSeconds 0");
    await expect(diarize({ speakers: 2.5 })).rejects.toThrow("speakers is 2.5");
    await expect(diarize({ speakers: 2, batchSize: 0 })).rejects.toThrow("batchSize is 0");
  });
});

describe("speech activity", () => {
  it("finds what is louder than the background, over short pauses, however loud the whole", () => {
    for (const gain of [1, 0.05]) {
      const samples = tones([[0, 1], [200, 1], [0, 0.1], [200, 1], [0, 2], [200, 0.5], [0, 0.4]]).map((x) => gain * x); // prettier-ignore
      const spans = speechActivity(samples);
      expect(spans.map(({ start }) => start)).toEqual([expect.closeTo(0.93, 1), expect.closeTo(5.03, 1)]);
      expect(spans.map(({ end }) => end)).toEqual([expect.closeTo(4.13 - 1, 0.5), expect.closeTo(5.65, 1)]);
    }
    expect(speechActivity(tones([[200, 3]]))).toEqual([{ start: 0, end: 3 }]);
    expect(speechActivity(new Float32Array(RATE))).toEqual([]);
    expect(speechActivity(new Float32Array(0))).toEqual([]);
  });
});

describe("windows of activities", () => {
  it("are joined whatever numbers the speakers have in each", () => {
    const speakers = 2;
    const whole = Float32Array.from({ length: 40 * speakers }, (_, i) => (Math.sin(i * i) + 1) / 2);
    const part = (first: number, last: number, swap: boolean) => ({
      firstFrame: first,
      frames: last - first,
      speakers,
      probabilities: whole.subarray(first * 2, last * 2).map((_, i, own) => own[swap ? i ^ 1 : i]!),
    });
    const joined = joinActivities([part(0, 20, false), part(12, 32, true), part(24, 40, true)]);
    expect(joined.frames).toBe(40);
    joined.probabilities.forEach((p, i) => expect(p).toBeCloseTo(whole[i]!, 6));
  });
});

describe("words and turns", () => {
  const word = (text: string, start: number, end: number) => ({
    text,
    start,
    end,
    confidence: 0.5,
    characters: [],
  });
  const words = [
    word("HELLO", 0.1, 0.6),
    word("THERE", 0.7, 1.1),
    word("HI", 1.4, 1.7),
    word("AGAIN", 5, 5.3),
  ];
  const text = "HELLO THERE HI AGAIN";
  const transcript = {
    text,
    segments: [{ start: 0.1, end: 5.3, text, confidence: 0.5, words }],
    durationSeconds: 6,
  };
  const turns = [{ start: 0, end: 1, speaker: "a" }, { start: 0.9, end: 2, speaker: "b" }]; // prettier-ignore

  it("are joined: most of the word decides, the nearest turn where there is none, a segment a speaker", () => {
    const joined = assignSpeakers(transcript, turns);
    expect(joined.segments.map(({ text: own, speaker }) => [own, speaker])).toEqual([["HELLO THERE", "a"], ["HI AGAIN", "b"]]); // prettier-ignore
    expect(joined.segments.flatMap((segment) => segment.words.map(({ speaker }) => speaker))).toEqual(["a", "a", "b", "b"]); // prettier-ignore
    expect(joined.durationSeconds).toBe(6);
    expect(joined.segments[1]).toMatchObject({ start: 1.4, end: 5.3, confidence: 0.5 });
    expect(assignSpeakers(transcript, [])).toBe(transcript);
    const bare = { text, segments: [{ start: 1.2, end: 2, text, confidence: null, words: [] }] };
    expect(assignSpeakers(bare, turns).segments[0]!.speaker).toBe("b");
  });
});

describe("RTTM", () => {
  it("is read as NIST writes it, and gives back what was written", () => {
    const text = ";; comment\r\nSPKR-INFO a 1 <NA> <NA> <NA> unknown bert <NA> <NA>\r\nSPEAKER a 1 3.00 1.50 <NA> <NA> bert <NA> <NA>\r\nSPEAKER a 1 0.1 0.2 <NA> <NA> anna 0.93\r\n\r\nSPEAKER b 1 0 1 <NA> <NA> carl <NA> <NA>\r\n"; // prettier-ignore
    const recordings = parseRttm(text);
    expect([...recordings.keys()]).toEqual(["a", "b"]);
    expect(recordings.get("a")).toEqual([{ start: 0.1, end: 0.3, speaker: "anna" }, { start: 3, end: 4.5, speaker: "bert" }]); // prettier-ignore
    expect(parseRttm(renderRttm(recordings.get("a")!, "my talk")).get("my_talk")).toEqual(
      recordings.get("a"),
    );
    expect(renderRttm([], "a")).toBe("");
  });

  it.each([
    ["SPEAKER a 1 0 1", "rttm: line 1: has 5 fields; expected at least 8"],
    ["\nSPEAKER a 1 x 1 <NA> <NA> s", "rttm: line 2: begins at x and lasts 1"],
    ["SPEAKER a 1 0 -1 <NA> <NA> s", "lasts -1"],
    ["<html>", 'begins with "<html>"; expected SPEAKER'],
  ])("refuses %j", (text, message) => {
    expect(() => parseRttm(text)).toThrow(expect.objectContaining({ name: "RttmError", message: expect.stringContaining(message) as string })); // prettier-ignore
  });
});
