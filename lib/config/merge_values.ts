/** Lays values over others: maps merge, lists and plain values replace, and `null` removes what was there. */
export function mergeValues(base: unknown, over: unknown): unknown {
  if (!isMap(base) || !isMap(over)) return over;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value === null) delete merged[key];
    else merged[key] = Object.hasOwn(merged, key) ? mergeValues(merged[key], value) : withoutNulls(value);
  }
  return merged;
}

/** Whether a value is a map of keys. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function withoutNulls(value: unknown): unknown {
  return isMap(value) ? mergeValues({}, value) : value;
}
