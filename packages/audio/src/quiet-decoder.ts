// Runs a wasm decoder without its own printing; what it reports comes back as a value.

/**
 * The decoders print every damaged frame to the console as well as returning it; a damaged hour would be a flood.
 * The console is quiet only while `decode` runs to its first await, so nothing else is silenced.
 */
export function quietly<T>(decode: () => T): T {
  const print = console.error;
  console.error = () => undefined;
  try {
    return decode();
  } finally {
    console.error = print;
  }
}
