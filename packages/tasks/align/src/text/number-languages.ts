// The languages whose numbers can be written out, each with its own module of n2words, loaded when first needed.

/** What a module of n2words offers; the numbers are given as decimal strings. */
export interface NumberModule {
  readonly toCardinal: (value: string) => string;
  readonly toOrdinal: (value: string) => string;
  readonly toCurrency: (value: string) => string;
}

/** One language. */
export interface NumberLanguage {
  readonly load: () => Promise<NumberModule>;
  /** Currency that `toCurrency` means. */
  readonly currency?: string;
  /** What follows the digits of an ordinal. */
  readonly ordinal?: RegExp;
}

const english = /^(?:st|nd|rd|th)$/iu;
const romance = /^[ºª]$/u;

/** By BCP 47 tag: of a language, or of a language in a region where it counts differently. */
const numberLanguages: Readonly<Record<string, NumberLanguage>> = {
  am: { load: () => import("n2words/am-ET") },
  ar: { load: () => import("n2words/ar-SA") },
  az: { load: () => import("n2words/az-AZ") },
  bn: { load: () => import("n2words/bn-BD") },
  cs: { load: () => import("n2words/cs-CZ") },
  da: { load: () => import("n2words/da-DK") },
  de: { load: () => import("n2words/de-DE"), currency: "€" },
  el: { load: () => import("n2words/el-GR"), currency: "€" },
  en: { load: () => import("n2words/en-US"), currency: "$", ordinal: english },
  "en-GB": { load: () => import("n2words/en-GB"), currency: "£", ordinal: english },
  "en-IN": { load: () => import("n2words/en-IN"), currency: "₹", ordinal: english },
  es: { load: () => import("n2words/es-ES"), currency: "€", ordinal: romance },
  fa: { load: () => import("n2words/fa-IR") },
  fi: { load: () => import("n2words/fi-FI"), currency: "€" },
  fr: { load: () => import("n2words/fr-FR"), currency: "€", ordinal: /^(?:er|re|e|è?me)$/iu },
  "fr-BE": { load: () => import("n2words/fr-BE"), currency: "€" },
  gu: { load: () => import("n2words/gu-IN") },
  ha: { load: () => import("n2words/ha-NG") },
  he: { load: () => import("n2words/he-IL") },
  hi: { load: () => import("n2words/hi-IN"), currency: "₹" },
  hr: { load: () => import("n2words/hr-HR") },
  hu: { load: () => import("n2words/hu-HU") },
  id: { load: () => import("n2words/id-ID") },
  it: { load: () => import("n2words/it-IT"), currency: "€", ordinal: romance },
  ja: { load: () => import("n2words/ja-JP") },
  ka: { load: () => import("n2words/ka-GE") },
  kn: { load: () => import("n2words/kn-IN") },
  ko: { load: () => import("n2words/ko-KR") },
  lt: { load: () => import("n2words/lt-LT"), currency: "€" },
  lv: { load: () => import("n2words/lv-LV"), currency: "€" },
  mr: { load: () => import("n2words/mr-IN") },
  ms: { load: () => import("n2words/ms-MY") },
  nb: { load: () => import("n2words/nb-NO") },
  nl: { load: () => import("n2words/nl-NL"), currency: "€" },
  pa: { load: () => import("n2words/pa-IN") },
  pl: { load: () => import("n2words/pl-PL") },
  pt: { load: () => import("n2words/pt-PT"), currency: "€", ordinal: romance },
  ro: { load: () => import("n2words/ro-RO") },
  ru: { load: () => import("n2words/ru-RU") },
  sr: { load: () => import("n2words/sr-Cyrl-RS") },
  sv: { load: () => import("n2words/sv-SE") },
  sw: { load: () => import("n2words/sw-KE") },
  ta: { load: () => import("n2words/ta-IN") },
  te: { load: () => import("n2words/te-IN") },
  th: { load: () => import("n2words/th-TH") },
  tr: { load: () => import("n2words/tr-TR") },
  uk: { load: () => import("n2words/uk-UA") },
  ur: { load: () => import("n2words/ur-PK") },
  vi: { load: () => import("n2words/vi-VN") },
  yo: { load: () => import("n2words/yo-NG") },
  zh: { load: () => import("n2words/zh-Hans-CN") },
};

/** The row of a language tag, of its language if the region has none. @throws RangeError if the tag is malformed */
export function numberLanguageOf(tag: string): NumberLanguage | undefined {
  let locale: Intl.Locale;
  try {
    locale = new Intl.Locale(tag);
  } catch {
    throw new RangeError(
      `align: language is ${JSON.stringify(tag)}; expected a BCP 47 tag, e.g. "en" or "pt-BR"`,
    );
  }
  return numberLanguages[locale.baseName] ?? numberLanguages[locale.language];
}
