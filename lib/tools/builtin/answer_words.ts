import type { HttpAnswer } from "../../net/mod.ts";
import { withoutSecrets } from "../../secrets/mod.ts";
import { htmlText } from "../html_text.ts";

/** How much of an answer is read, in bytes. */
export const MAX_ANSWER_BYTES = 65_536;

/** The beginning of an answer that may be longer. */
export interface AnswerBeginning {
  readonly text: string;
  /** Whether there is more. */
  readonly isCut: boolean;
  readonly type: string;
}

/** Reads an answer as text in the encoding that it says, at most {@linkcode MAX_ANSWER_BYTES} of it; the rest is left. */
export async function readBeginning({ headers, body }: HttpAnswer): Promise<AnswerBeginning> {
  const type = headers.get("content-type") ?? "";
  const decoder = decoderFor(/charset\s*=\s*"?([\w:.-]+)/i.exec(type)?.[1]);
  let text = "";
  let sizeBytes = 0;
  for await (const part of body ?? []) {
    const room = MAX_ANSWER_BYTES - sizeBytes;
    sizeBytes += part.length;
    text += decoder.decode(part.subarray(0, room), { stream: true });
    if (sizeBytes > MAX_ANSWER_BYTES) break;
  }
  return { text: text + decoder.decode(), isCut: sizeBytes > MAX_ANSWER_BYTES, type };
}

/**
 * What of an answer is told: what lies at `path` of its JSON, its text without HTML, or all of it; without secrets that it
 * was sent. `undefined` where there is no JSON, or nothing at the path.
 */
export function answerWords({ text, type }: AnswerBeginning, path: string | undefined): string | undefined {
  const words = path !== undefined
    ? pickedFrom(text, path)
    : /html/i.test(type)
    ? plainOf(text)
    : text.trim();
  return words === undefined ? undefined : withoutSecrets(words.toWellFormed());
}

function plainOf(html: string): string {
  return htmlText(html).replaceAll(/[^\S\n]+/g, " ").replaceAll(/\s*\n\s*/g, "\n").trim();
}

/** What lies at a path such as `$.items[0].name`: a text as it is, anything else as JSON. */
function pickedFrom(text: string, path: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  for (const [, name, index] of path.matchAll(/\.([\w-]+)|\[(\d+)\]/g)) {
    const key = name ?? index ?? "";
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return typeof value === "string" ? value : JSON.stringify(value);
}

function decoderFor(charset = "utf-8"): TextDecoder {
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder();
  }
}
