import type { MemoryEntry } from "../memory/mod.ts";
import type { PastTurn } from "./contract.ts";

/** What a language model is told of a turn that was kept. */
export function pastTurnOf(
  { user, answer, heardChars, atMs, code, steps }: Pick<
    MemoryEntry,
    "user" | "answer" | "heardChars" | "atMs" | "code" | "steps"
  >,
): PastTurn {
  return { user, answer, heardChars, atMs, steps, refused: code === "llm.content" };
}
