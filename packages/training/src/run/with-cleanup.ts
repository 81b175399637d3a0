// What a run opens is closed when it ends, however it ends.

/** Remembers what to do at the end. */
export type AtEnd = (cleanup: () => unknown) => void;

/** Runs `use`, then whatever it left to be done, the last first, also where it fails. */
export async function withCleanup<R>(use: (atEnd: AtEnd) => Promise<R>): Promise<R> {
  const cleanups: (() => unknown)[] = [];
  try {
    return await use((cleanup) => void cleanups.push(cleanup));
  } finally {
    for (const cleanup of cleanups.reverse()) await cleanup();
  }
}
