import type { z } from "zod";
import { EarshotError } from "../errors/mod.ts";

/** A JSON object whose fields are not checked yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Far more than any message needs, and far less than what recursive readers further on could not stand. */
const MAX_DEPTH = 32;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENERS: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSERS: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/**
 * Reads a JSON object that has a text `type`, in time linear in its length. How long the text may be is the
 * caller's decision.
 *
 * @throws {EarshotError} `protocol.invalid_message`
 */
export function parseJsonMessage(text: string): JsonObject & { readonly type: string } {
  if (nestsDeeperThan(MAX_DEPTH, text)) throw invalidMessage(`it nests deeper than ${MAX_DEPTH} levels`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The message of the parser quotes the text, which may be a transcript.
    throw invalidMessage("it is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalidMessage("it is not a JSON object");
  }
  if (!("type" in value) || typeof value.type !== "string") throw invalidMessage("it has no text `type`");
  return { ...value, type: value.type };
}

/**
 * Applies a schema to a message that was read, naming the first field at fault.
 *
 * @throws {EarshotError} `protocol.invalid_message`
 */
export function applySchema<T>(schema: z.ZodType<T>, message: JsonObject): T {
  const result = schema.safeParse(message);
  if (result.success) return result.data;
  const field = result.error.issues[0]?.path.join(".") ?? "";
  throw invalidMessage(`\`${field}\` is missing or wrong`);
}

/** The error for a text message that cannot be used. */
export function invalidMessage(state: string): EarshotError {
  return new EarshotError("protocol.invalid_message", `Cannot read the message: ${state}`);
}

function nestsDeeperThan(levels: number, text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (quoted && code === BACKSLASH) at++;
    else if (code === QUOTE) quoted = !quoted;
    else if (quoted) continue;
    else if (CLOSERS.has(code)) depth--;
    else if (OPENERS.has(code) && ++depth > levels) return true;
  }
  return false;
}
