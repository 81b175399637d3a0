// The nonlinearities of published checkpoints, by their name in config.json.
import { gelu, relu } from "../graph/composites.js";
import type { Value } from "../graph/graph.js";
import type { Activation } from "./config.js";

export const activations: Readonly<Record<Activation, (x: Value) => Value>> = { gelu, relu };
