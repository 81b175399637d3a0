// Which adapter of a recogniser writes a language that was identified.
import { languageEntry, languageKey } from "./language-code.js";

/**
 * Finds the adapter of each language: the same code, another code of the same language, or one of its variants. Among
 * variants by script, as in "azj-script_latin" and "azj-script_cyrillic", it is that of the script in which CLDR says
 * the language is mostly written.
 *
 * @param languages labels of a language identifier, e.g. "cmn"
 * @param adapters codes of a recogniser, e.g. "cmn-script_simplified"
 * @returns for each language its adapter, undefined if there is none
 */
export function adapterLanguages(
  languages: readonly string[],
  adapters: readonly string[],
): (string | undefined)[] {
  const known = new Set(adapters);
  const byKey = new Map<string | undefined, string[]>();
  for (const adapter of adapters) {
    const key = languageKey(adapter);
    byKey.set(key, [...(byKey.get(key) ?? []), adapter]);
  }
  return languages.map((language) => {
    if (known.has(language)) return language;
    const key = languageKey(language);
    return key === undefined ? undefined : bestVariant(language, byKey.get(key) ?? []);
  });
}

/** @param same adapters of the same language */
function bestVariant(language: string, same: readonly string[]): string | undefined {
  const code = languageEntry(language)?.iso6393;
  const closest = same.filter((adapter) => languageEntry(adapter)?.iso6393 === code);
  const variants = closest.length > 0 ? closest : same;
  const script = code === undefined ? undefined : mainScript(code);
  return variants.find((adapter) => script && adapter.endsWith(`-script_${script}`)) ?? variants[0];
}

/** As MMS names scripts: "latin", "cyrillic", "simplified". */
function mainScript(code: string): string | undefined {
  const { script } = new Intl.Locale(code).maximize();
  if (script === undefined) return undefined;
  const name = new Intl.DisplayNames(["en"], { type: "script", fallback: "none" }).of(script);
  return name?.toLowerCase().split(" ")[0]; // "Simplified Han" in some versions of CLDR
}
