export {
  createLanguageIdentifier,
  LanguageError,
  type IdentifyOptions,
  type LanguageIdentifier,
  type LanguagePiece,
  type LanguageScore,
} from "./language-identifier.js";
export { languageName } from "./language-name.js";
