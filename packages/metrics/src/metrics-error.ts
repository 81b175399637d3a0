// What cannot be measured.

/** Numbers that make no measure: nothing to measure, lengths that differ, values outside their range. */
export class MetricsError extends Error {
  override name = "MetricsError";
}
