// How a model wants its audio: preprocessor_config.json, or processor_config.json with the extractor inside.
import { FormatError } from "../errors.js";
import { isObject } from "../files/strict-json.js";

/** Settings of the feature extractor that every checkpoint format shares. */
export interface Preprocessor {
  /** Zero mean and unit variance for each clip. */
  readonly doNormalize: boolean;
  /** Hz. */
  readonly sampleRate: number;
  /** Layer-norm models take a mask; group-norm models (base) must not get one. */
  readonly returnAttentionMask: boolean;
  /** 1 for a waveform; filter banks for w2v-BERT. */
  readonly featureSize: number;
  readonly paddingValue: number;
  /** The extractor's class as the file names it; w2v-BERT's is another one. */
  readonly kind?: string;
}

/**
 * Reads a feature extractor's settings, with the library's defaults for absent fields.
 *
 * @param json content of preprocessor_config.json or processor_config.json
 * @throws FormatError if a field has the wrong type
 */
export function parsePreprocessor(file: string, json: Readonly<Record<string, unknown>>): Preprocessor {
  const nested = json["feature_extractor"];
  const fields = isObject(nested) ? nested : json;
  const kind = fields["feature_extractor_type"];
  return {
    doNormalize: field(file, fields, "do_normalize", true),
    sampleRate: field(file, fields, "sampling_rate", 16000),
    returnAttentionMask: field(file, fields, "return_attention_mask", false),
    featureSize: field(file, fields, "feature_size", 1),
    paddingValue: field(file, fields, "padding_value", 0),
    ...(typeof kind === "string" && { kind }),
  };
}

/** A boolean or finite number, or the default where the file says nothing. */
function field<T extends boolean | number>(
  file: string,
  fields: Readonly<Record<string, unknown>>,
  name: string,
  missing: T,
): T {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (value === undefined || value === null) return missing;
  if (typeof value !== typeof missing || (typeof value === "number" && !Number.isFinite(value)))
    throw new FormatError(
      file,
      `${name} is ${JSON.stringify(value).slice(0, 60)}; expected a ${typeof missing}`,
    );
  return value as T; // of the default's type, just checked
}
