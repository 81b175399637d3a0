// Parameters by path: the path in the graph is the key in the checkpoint.
import { param, type Value } from "./graph.js";

/** A place in the tree of parameters, e.g. `encoder.layers.3.attention`. */
export interface Scope {
  readonly path: string;
  /** The parameter `path.name`. */
  param(name: string, shape: readonly number[]): Value;
  /** The scope `path.name`; `name` may hold dots. */
  scope(name: string): Scope;
}

/** The scope at `path`; the empty path is the root. */
export function scope(path = ""): Scope {
  const join = (name: string) => (path === "" ? name : `${path}.${name}`);
  return {
    path,
    param: (name, shape) => param(join(name), shape),
    scope: (name) => scope(join(name)),
  };
}

/** A root scope whose parameters are other values where `replace` has one: weights that change from run to run are inputs. */
export function scopeWith(replace: (path: string, shape: readonly number[]) => Value | undefined): Scope {
  const within = ({ path, scope: inner, param: own }: Scope): Scope => ({
    path,
    param: (name, shape) => replace(inner(name).path, shape) ?? own(name, shape),
    scope: (name) => within(inner(name)),
  });
  return within(scope());
}
