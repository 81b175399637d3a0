// English names of languages by ISO 639 code, from the runtime's own tables.

/** "French" for "fra" or "fr", also with a suffix such as "fra-script_latin"; the code itself if it is not known. */
export function languageName(code: string): string {
  const base = /^[a-z]{2,3}(?![a-z])/i.exec(code)?.[0];
  if (base === undefined) return code;
  const name = new Intl.DisplayNames(["en"], { type: "language", fallback: "none" }).of(base);
  return name ?? code;
}
