// ELAN's annotation document, `.eaf`: every level a tier aligned to the sound. Written only.
import { makeFormat } from "./format.js";
import { makeTiers } from "./tiers.js";
import { toMilliseconds } from "./timestamps.js";

const schema = "http://www.mpi.nl/tools/elan/EAFv3.0.xsd";

/**
 * ELAN: independent tiers in whole milliseconds, one per level and speaker.
 *
 * @see https://www.mpi.nl/tools/elan/EAF_Annotation_Format_3.0_and_ELAN.pdf
 */
export const elan = makeFormat("elan", {
  extension: ".eaf",
  options: ["recording", "tiers"],
  render: (timedText, { recording, tiers: levels } = {}) => {
    const slots: string[] = [];
    const slot = (seconds: number) => {
      slots.push(`<TIME_SLOT TIME_SLOT_ID="ts${slots.length + 1}" TIME_VALUE="${toMilliseconds(seconds)}"/>`);
      return `ts${slots.length}`;
    };
    let annotations = 0;
    const tiers = makeTiers(timedText, levels).flatMap(({ name, speaker, spans }) => {
      const participant = speaker === undefined ? "" : ` PARTICIPANT="${escape(speaker)}"`;
      const body = spans.map(({ start, end, text }) => {
        const refs = `TIME_SLOT_REF1="${slot(start)}" TIME_SLOT_REF2="${slot(end)}"`;
        const value = `<ANNOTATION_VALUE>${escape(text)}</ANNOTATION_VALUE>`;
        const id = `ANNOTATION_ID="a${++annotations}"`;
        return `    <ANNOTATION><ALIGNABLE_ANNOTATION ${id} ${refs}>${value}</ALIGNABLE_ANNOTATION></ANNOTATION>`;
      });
      return [
        `  <TIER TIER_ID="${escape(name)}" LINGUISTIC_TYPE_REF="speech"${participant}>`,
        ...body,
        "  </TIER>",
      ];
    });
    const media = recording === undefined ? [] : [mediaDescriptor(recording)];
    return [
      '<?xml version="1.0" encoding="UTF-8"?>',
      `<ANNOTATION_DOCUMENT AUTHOR="" DATE="1970-01-01T00:00:00Z" FORMAT="3.0" VERSION="3.0" ${namespaces}>`,
      '  <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">',
      ...media,
      "  </HEADER>",
      "  <TIME_ORDER>",
      ...slots.map((line) => `    ${line}`),
      "  </TIME_ORDER>",
      ...tiers,
      '  <LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="speech" GRAPHIC_REFERENCES="false" TIME_ALIGNABLE="true"/>',
      "</ANNOTATION_DOCUMENT>",
      "",
    ].join("\n");
  },
});

const namespaces = `xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="${schema}"`;

const mediaDescriptor = (file: string) =>
  `    <MEDIA_DESCRIPTOR MEDIA_URL="${escape(file)}" MIME_TYPE="${mimeType(file)}"/>`;

const mimeType = (file: string) => (/\.wav$/iu.test(file) ? "audio/x-wav" : "unknown");

/** XML 1.0 text: control characters have no spelling in it at all. */
function escape(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are the characters XML 1.0 forbids
  const allowed = text.replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/gu, "");
  return allowed
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
