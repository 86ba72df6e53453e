import { EarshotError } from "../errors/mod.ts";
import { type HttpAnswer, HttpRefusal } from "../net/mod.ts";

/** What is wrong with an answer, in words for a message; another attempt may help. */
export class AnswerFault extends Error {}

/** Why a host could not give a file, in a few words. */
export function reasonOf(error: unknown): string {
  if (error instanceof HttpRefusal) return `HTTP ${error.status}`;
  // Which scheme is right stands in its message.
  if (error instanceof EarshotError && error.code === "net.scheme") return error.message;
  if (error instanceof EarshotError) return REASONS.get(error.code) ?? error.code;
  if (error instanceof AnswerFault || error instanceof DOMException) return error.message;
  return error instanceof TypeError ? "the connection broke" : String(error);
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ["net.unreachable", "it cannot be reached"],
  ["net.certificate", "its certificate is not trusted"],
]);

/** Whether an answer is a web page, whatever was requested. */
export function isWebPage({ headers }: Pick<HttpAnswer, "headers">): boolean {
  return /^\s*text\/html\b/i.test(headers.get("content-type") ?? "");
}
