// The table of all formats that timed text is written in, and read from where there is a reader.
import { audacity } from "./audacity.js";
import { ctm } from "./ctm.js";
import { elan } from "./elan.js";
import type { Format } from "./format.js";
import { json } from "./json.js";
import { rttm } from "./rttm.js";
import { srt } from "./srt.js";
import { textgrid } from "./textgrid.js";
import { vtt } from "./vtt.js";

/** Names of the formats, as a user types them. */
export type FormatName = "json" | "srt" | "vtt" | "textgrid" | "ctm" | "rttm" | "audacity" | "elan";

/** Every format by name; each refuses options that it does not know. */
export const formats: Readonly<Record<FormatName, Format>> = {
  json,
  srt,
  vtt,
  textgrid,
  ctm,
  rttm,
  audacity,
  elan,
};
