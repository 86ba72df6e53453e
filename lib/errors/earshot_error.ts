import { CATALOG, type ErrorCode } from "./catalog.ts";
import type { CatalogEntry } from "./catalog_entry.ts";

/** Options of an {@linkcode EarshotError}. */
export interface EarshotErrorOptions {
  /** What caused it; kept as the standard `cause`. */
  readonly cause?: unknown;
  /** Overrides the catalog, for the rare code whose retryability depends on the case. */
  readonly retryable?: boolean;
}

/**
 * An error that callers may act upon, by its stable `code`; never by its text.
 * Messages read `Cannot <do x>: <state>`.
 *
 * @example
 * ```ts
 * import { EarshotError } from "./earshot_error.ts";
 *
 * const error = new EarshotError("model.missing", "Cannot load moonshine: no file in ./data/models");
 * console.assert(error.code === "model.missing" && !error.retryable);
 * ```
 */
export class EarshotError extends Error {
  /** Tells it from built-in errors where only the name is left, as in a log. */
  override readonly name = "EarshotError";
  /** The stable code, a key of the catalog. */
  readonly code: ErrorCode;
  /** Whether making the same request again may succeed. */
  readonly retryable: boolean;

  /** Creates an error of a cataloged code. */
  constructor(code: ErrorCode, message: string, options: EarshotErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.retryable = options.retryable ?? CATALOG[code].retryable;
  }

  /** The catalog's entry: meaning, device sentences, remedy, exit code. */
  get entry(): CatalogEntry {
    return CATALOG[this.code];
  }

  /** Wraps anything that was thrown; an `EarshotError` stays itself, an `AbortError` becomes `canceled`. */
  static from(thrown: unknown, code: ErrorCode = "internal"): EarshotError {
    if (thrown instanceof EarshotError) return thrown;
    if (thrown instanceof DOMException && thrown.name === "AbortError") {
      return new EarshotError("canceled", "Cannot go on: the work was given up", { cause: thrown });
    }
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new EarshotError(code, message, { cause: thrown });
  }
}
