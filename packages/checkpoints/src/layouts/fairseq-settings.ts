// Finds the settings in a fairseq checkpoint, whether they are a Namespace, a dict, or an OmegaConf tree.
import { PyRecord, type PyDict, type PyValue } from "../pickle/values.js";

/** Settings by name; values may be settings again. */
export interface Settings {
  get(name: string): PyValue | undefined;
  /** Settings below this name, if there are any. */
  below(name: string): Settings | undefined;
}

/** The settings that a value holds, or undefined if it holds none. */
export function settingsOf(value: PyValue | undefined): Settings | undefined {
  const fields = fieldsOf(value);
  if (!fields) return undefined;
  return { get: (name) => unwrap(fields.get(name)), below: (name) => settingsOf(fields.get(name)) };
}

function fieldsOf(value: PyValue | undefined): PyDict | undefined {
  if (value instanceof Map) return value;
  if (!(value instanceof PyRecord)) return undefined;
  if (value.type === "argparse.Namespace") return value.fields;
  const content = value.type.startsWith("omegaconf.") ? value.fields.get("_content") : undefined;
  return content instanceof Map ? content : undefined;
}

/** OmegaConf keeps every value in a node: `_val` for scalars, `_content` for lists. */
function unwrap(value: PyValue | undefined): PyValue | undefined {
  if (!(value instanceof PyRecord) || !value.type.startsWith("omegaconf.")) return value;
  const content = value.fields.get("_val") ?? value.fields.get("_content");
  return content === value ? undefined : content;
}
