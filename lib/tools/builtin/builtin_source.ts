import type { ToolSource } from "../contract.ts";
import { endConversation } from "./end_conversation.ts";
import { setAgent } from "./set_agent.ts";
import { sourceOf } from "./tool_source.ts";

/** The name of the source that every agent may have. */
export const BUILTIN_SOURCE = "builtin";

/** The tools of an agent that need nothing: it may end the conversation, and have those agents take over. */
export function builtinSource(
  { switchTo: [first, ...rest] }: { readonly switchTo: readonly string[] },
): ToolSource {
  return sourceOf(BUILTIN_SOURCE, [
    endConversation(),
    ...(first === undefined ? [] : [setAgent([first, ...rest])]),
  ]);
}
