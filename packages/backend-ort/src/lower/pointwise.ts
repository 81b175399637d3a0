// Ops on each element, whatever the layout in which their input is held.
import type { Emitter } from "./emitter.js";
import type { Operand } from "./operand.js";

/** An op on each element: before a transpose rather than after, and images stay images. */
export function pointwise(emit: Emitter, opType: string, { name }: Operand): string {
  const source = emit.sourceOf(name);
  if (source) return emit.transpose(emit.node(opType, [source.x]), source.order);
  if (!emit.isImage(name)) return emit.node(opType, [name]);
  return emit.fromImage(emit.node(opType, [emit.image(name)]));
}
