// A file of events beside metrics.jsonl: `tensorboard --logdir` of the run's folder, or of several runs', shows it.
import { open } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { eventRecord, type EventContent } from "./event-record.js";

/** Appends scalars. */
export interface EventFile {
  readonly path: string;
  write(step: number, scalars: Readonly<Record<string, number>>): Promise<void>;
  close(): Promise<void>;
}

/**
 * Begins a file; TensorBoard reads those of earlier sessions before it, in the order of their names.
 *
 * @param step updates done before: steps beyond, from a session that was killed, are taken back
 */
export async function openEventFile(folder: string, step: number): Promise<EventFile> {
  const now = () => Date.now() / 1000;
  const second = String(Math.floor(now())).padStart(10, "0");
  const path = join(folder, `events.out.tfevents.${second}.${hostname()}.${process.pid}.${step}`);
  const file = await open(path, "a");
  const append = (at: number, content: EventContent) => file.appendFile(eventRecord(now(), at, content));
  await append(0, { fileVersion: "brain.Event:2" });
  if (step > 0) await append(step + 1, { session: "start" });
  return { path, write: (at, scalars) => append(at, { scalars }), close: () => file.close() };
}
