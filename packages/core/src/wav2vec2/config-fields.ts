// Typed reading of single fields of a config.json, with errors that name the field.

/** A config.json that describes no model we can build. `field` is its key. */
export class ConfigError extends Error {
  override name = "ConfigError";
  constructor(
    readonly field: string,
    message: string,
  ) {
    super(message);
  }
}

/** Reads checked fields of one JSON object; absent and null fields take the default. */
export interface FieldReader {
  integer(field: string, fallback: number, range?: { readonly min?: number; readonly max?: number }): number;
  number(field: string, fallback: number, range: { readonly min: number; readonly max: number }): number;
  boolean(field: string, fallback: boolean): boolean;
  integers(field: string, fallback: readonly number[]): readonly number[];
  oneOf<T extends string>(field: string, fallback: T, allowed: readonly T[]): T;
  /** Whether the field is there and not null. */
  has(field: string): boolean;
}

const SANE_SIZE = 1 << 20; // far above any published width, far below what would exhaust memory

/** @throws ConfigError if `json` is not an object */
export function readFields(json: unknown): FieldReader {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new ConfigError(
      "",
      `config: got ${json === null ? "null" : Array.isArray(json) ? "a list" : typeof json}; expected a JSON object`,
    );
  }
  const valueOf = (field: string): unknown =>
    Object.hasOwn(json, field) ? (json as Record<string, unknown>)[field] : undefined;
  const has = (field: string) => valueOf(field) !== undefined && valueOf(field) !== null;

  const number = (field: string, value: unknown, min: number, max: number, what: string): number => {
    if (typeof value !== "number" || !(value >= min && value <= max))
      refuse(field, value, `${what} from ${min} to ${max}`);
    return value as number; // refuse throws
  };
  const integer = (field: string, value: unknown, min: number, max: number): number => {
    if (!Number.isInteger(value)) refuse(field, value, `a whole number from ${min} to ${max}`);
    return number(field, value, min, max, "a whole number");
  };

  return {
    has,
    integer: (field, fallback, { min = 1, max = SANE_SIZE } = {}) =>
      integer(field, has(field) ? valueOf(field) : fallback, min, max),
    number: (field, fallback, { min, max }) =>
      number(field, has(field) ? valueOf(field) : fallback, min, max, "a number"),
    boolean: (field, fallback) => {
      const value = has(field) ? valueOf(field) : fallback;
      if (typeof value !== "boolean") refuse(field, value, "true or false");
      return value as boolean; // refuse throws
    },
    integers: (field, fallback) => {
      const value = has(field) ? valueOf(field) : fallback;
      if (!Array.isArray(value) || value.length === 0) refuse(field, value, "a list of whole numbers");
      return (value as unknown[]).map((item) => integer(field, item, 1, SANE_SIZE));
    },
    oneOf: (field, fallback, allowed) => {
      const value = has(field) ? valueOf(field) : fallback;
      const found = allowed.find((name) => name === value);
      return found ?? refuse(field, value, `one of ${allowed.join(", ")}`);
    },
  };
}

function refuse(field: string, value: unknown, expected: string): never {
  throw new ConfigError(
    field,
    `config: ${field} is ${JSON.stringify(value)?.slice(0, 80)}; expected ${expected}`,
  );
}
