/** What stands in the place of a secret. */
export const REDACTED = "[redacted]";

const SECRET =
  /(?:authorization|token|key|secret|password|passwd|passphrase|credential|cookie|signature|jwt)s?$/;
const SPEECH = new Set(["text", "transcript", "transcription", "sentence", "prompt", "content"]);
const OTHER = new Set(["auth", "bearer", "pass", "pwd", "pin", "sig"]);
const MEASURE = new Set(["bytes", "count", "length", "limit", "ms", "size", "total", "type"]);

const MAX_DEPTH = 6;
const MAX_VALUES = 500;
const MAX_CHARS = 4_000;

/**
 * Whether a field of that name may hold a secret or what somebody said. `apiKey`, `access_token` and
 * `finalText` may; a measure of one, such as `textBytes` or `tokenCount`, does not.
 */
export function isSensitive(name: string): boolean {
  const words = name.replace(/([a-z\d])([A-Z])/g, "$1 $2").replace(/([A-Z])([A-Z][a-z])/g, "$1 $2")
    .toLowerCase().split(/[^\p{L}\d]+/u).filter((word) => word !== "");
  if (words.length > 1 && MEASURE.has(words.at(-1) ?? "")) return false;
  return words.some((word) => SECRET.test(word) || SPEECH.has(word.replace(/s$/, "")) || OTHER.has(word));
}

/** Takes secrets out of running text: query parameters, JSON fields, the user part of a URL, credentials. */
export function redactText(text: string): string {
  return text.slice(0, MAX_CHARS)
    .replace(/(^|[?&;\s"'(])([^=&?;#\s"'<>()]{1,100})=([^&;#\s"'<>]+)/g, (whole, before, name) => {
      return isSensitive(decoded(name)) ? `${before}${name}=${REDACTED}` : whole;
    })
    .replace(/"([^"\\]{1,100})"(\s*:\s*)"(?:[^"\\]|\\.)*"?/g, (whole, name, colon) => {
      return isSensitive(name) ? `"${name}"${colon}"${REDACTED}"` : whole;
    })
    .replace(/:\/\/[^/?#\s@]+@/g, `://${REDACTED}@`)
    .replace(/\b(Bearer|Basic) +[\w.~+/=-]+/gi, `$1 ${REDACTED}`);
}

/**
 * A plain copy of a value that is safe to log and to turn into JSON: sensitive fields and texts are redacted,
 * bytes become their count, and depth, count and length are bounded.
 */
export function redact(value: unknown): unknown {
  return copy(value, { depth: 0, left: MAX_VALUES });
}

interface Extent {
  readonly depth: number;
  left: number;
}

function copy(value: unknown, extent: Extent): unknown {
  if (typeof value === "string") return redactText(value);
  if (typeof value === "bigint") return String(value);
  if (typeof value === "function" || typeof value === "symbol") return `[${typeof value}]`;
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "[invalid date]" : value.toISOString();
  if (value instanceof URL) return redactText(value.href);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (extent.depth >= MAX_DEPTH) return "[deep]";
  return copyObject(value, extent);
}

function copyObject(value: object, extent: Extent): unknown {
  const inner = { depth: extent.depth + 1, left: extent.left };
  try {
    if (Array.isArray(value) || value instanceof Set) {
      const items: unknown[] = [];
      for (const item of value) {
        if (inner.left-- <= 0) break;
        items.push(copy(item, inner));
      }
      return items;
    }
    const fields: Record<string, unknown> = {};
    for (const [name, field] of entries(value)) {
      if (inner.left-- <= 0) break;
      fields[redactText(name)] = isSensitive(name) ? REDACTED : copy(field, inner);
    }
    return fields;
  } catch {
    return "[unreadable]";
  } finally {
    extent.left = inner.left;
  }
}

function entries(value: object): Iterable<[string, unknown]> {
  if (value instanceof Map) return Array.from(value, ([name, field]) => [String(name), field]);
  if (value instanceof Headers || value instanceof URLSearchParams) return value.entries();
  if (!(value instanceof Error)) return Object.entries(value);
  const { name, message, stack, cause } = value;
  return Object.entries(Object.assign({ name, message, stack }, cause === undefined ? {} : { cause }, value));
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
