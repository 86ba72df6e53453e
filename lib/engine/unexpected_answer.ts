import { EarshotError } from "../errors/mod.ts";
import type { JobAnswer } from "./messages.ts";

/** The error for an answer that is not to the job that was sent. */
export function unexpected(answer: JobAnswer): EarshotError {
  return new EarshotError("internal", `Cannot use the engine's answer: it is of type ${answer.type}`);
}
