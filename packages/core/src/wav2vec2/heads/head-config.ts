// What a Hugging Face config.json says of heads: labels, sizes, which layers they see.
import { ConfigError, readFields, type FieldReader } from "../config-fields.js";
import type { LastState } from "./weighted-layers.js";

/** One layer of an x-vector's time-delay network. */
export interface TdnnLayerConfig {
  readonly dim: number;
  readonly kernel: number;
  readonly dilation: number;
}

/** Everything that decides the graph of a published head. */
export interface HeadConfig {
  /** What each output is called, by its index. */
  readonly labels: readonly string[];
  /** Set if the head sees a weighted sum of all layers, and which state is the last of them; absent: the encoder's output. */
  readonly layerSum?: LastState;
  /** Width of the projector before pooling (`classifier_proj_size`). */
  readonly projectionSize: number;
  readonly tdnn: readonly TdnnLayerConfig[];
  /** Width of an x-vector (`xvector_output_dim`). */
  readonly embeddingSize: number;
}

/**
 * Reads and checks a Hugging Face config.json; absent fields have the defaults of transformers' Wav2Vec2Config.
 * Whether the weighted sum ends before or after the final norm follows the version of transformers that wrote the file.
 *
 * @throws ConfigError that names the field, what it holds and what was expected
 */
export function parseHeadConfig(json: unknown): HeadConfig {
  const fields = readFields(json);
  return {
    labels: readLabels(json as Readonly<Record<string, unknown>>, fields), // readFields has seen an object
    ...(fields.boolean("use_weighted_layer_sum", false) && {
      layerSum: writtenBefore5(json as Readonly<Record<string, unknown>>) ? "afterNorm" : "beforeNorm", // as above
    }),
    projectionSize: fields.integer("classifier_proj_size", 256),
    tdnn: readTdnn(fields),
    embeddingSize: fields.integer("xvector_output_dim", 512),
  };
}

const LABEL_LIMIT = 100_000;

/** id2label is `{ "0": name, … }`; without it labels are counted by num_labels, as the library does. */
function readLabels(json: Readonly<Record<string, unknown>>, fields: FieldReader): readonly string[] {
  const { id2label } = json;
  if (id2label === undefined || id2label === null) {
    const count = fields.integer("num_labels", 2, { max: LABEL_LIMIT });
    return Array.from({ length: count }, (_, id) => `LABEL_${id}`);
  }
  const entries = typeof id2label === "object" ? Object.entries(id2label as object) : []; // not null, seen above
  const names = new Map<number, string>();
  for (const [id, name] of entries)
    if (typeof name === "string" && /^\d+$/.test(id)) names.set(Number(id), name);
  const labels = Array.from({ length: names.size }, (_, id) => names.get(id));
  if (names.size === 0 || names.size !== entries.length || labels.includes(undefined)) {
    throw new ConfigError(
      "id2label",
      `config: id2label is ${JSON.stringify(id2label).slice(0, 80)}; expected a name for each id from 0 on`,
    );
  }
  return labels as readonly string[]; // no undefined, just checked
}

function writtenBefore5({ transformers_version: version }: Readonly<Record<string, unknown>>): boolean {
  return !(typeof version === "string" && Number.parseInt(version, 10) >= 5);
}

function readTdnn(fields: FieldReader): readonly TdnnLayerConfig[] {
  const dims = fields.integers("tdnn_dim", [512, 512, 512, 512, 1500]);
  const kernels = fields.integers("tdnn_kernel", [5, 3, 3, 1, 1]);
  const dilations = fields.integers("tdnn_dilation", [1, 2, 3, 1, 1]);
  if (dims.length !== kernels.length || dims.length !== dilations.length) {
    throw new ConfigError(
      "tdnn_dim",
      `config: tdnn_dim, tdnn_kernel and tdnn_dilation have ${dims.length}, ${kernels.length} and ${dilations.length} entries; expected one per layer in each`,
    );
  }
  return dims.map((dim, i) => ({ dim, kernel: kernels[i]!, dilation: dilations[i]! })); // lengths checked above
}
