// English names of languages.
import { languageEntry } from "./language-code.js";

/**
 * ISO 639-3's name: "French" for "fra" or "fr", also with a suffix such as "fra-script_latin"; the label itself if it is
 * no language.
 */
export function languageName(label: string): string {
  return languageEntry(label)?.name ?? label;
}
