// Languages by their codes: what a label or a user's word stands for, and which codes mean the same language.
import { iso6393, type Language } from "iso-639-3";

/**
 * The ISO 639 entry that a label stands for: "fra", "fre", "fr", "fra-script_latin", "fr: French", "fr_fr" or "French".
 *
 * @returns undefined if it is none that ISO 639-3 knows
 */
export function languageEntry(label: string): Language | undefined {
  const { byCode, byName } = tables();
  const base = /^[a-z]{2,3}(?![a-z])/i.exec(label)?.[0].toLowerCase();
  const entry = base === undefined ? undefined : (byCode.get(base) ?? byCode.get(canonical(base)));
  return entry ?? byName.get(label.toLowerCase());
}

/**
 * One string for all labels of a language, and undefined for what is none. A macrolanguage is the same as its main one,
 * as in Unicode's CLDR: "zho" and "cmn", "ara" and "arb".
 */
export function languageKey(label: string): string | undefined {
  const entry = languageEntry(label);
  return entry && canonical(entry.iso6393);
}

/** CLDR's code, which is the shortest one: "zh" for "cmn". */
function canonical(code: string): string {
  return Intl.getCanonicalLocales(code)[0] ?? code; // never empty for one code
}

interface Tables {
  readonly byCode: ReadonlyMap<string, Language>;
  readonly byName: ReadonlyMap<string, Language>;
}
let made: Tables | undefined;

/** Made when first asked for: there are some 8000 languages. */
function tables(): Tables {
  return (made ??= {
    byCode: new Map(
      iso6393.flatMap((entry) =>
        [entry.iso6393, entry.iso6392B, entry.iso6391].flatMap((code) =>
          code ? [[code, entry] as const] : [],
        ),
      ),
    ),
    byName: new Map(iso6393.map((entry) => [entry.name.toLowerCase(), entry])),
  });
}
