export { adapterLanguages } from "./adapter-language.js";
export { LanguageError } from "./known-languages.js";
export {
  createLanguageIdentifier,
  type CandidateOptions,
  type ChooseAdapter,
  type IdentifyOptions,
  type LanguageIdentifier,
  type LanguagePiece,
  type LanguageScore,
  type LanguageSegment,
} from "./language-identifier.js";
export { languageName } from "./language-name.js";
