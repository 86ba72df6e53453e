import { z } from "zod";
import { jsonOf } from "../../service/mod.ts";

/** A block of thoughts as the Messages API wants it back: with its signature, unchanged. */
export type ThinkingBlock = z.output<typeof block>;

const block = z.union([
  z.object({ type: z.literal("thinking"), thinking: z.string(), signature: z.string().min(1) }),
  z.object({ type: z.literal("redacted_thinking"), data: z.string() }),
]);
const blocks = z.array(block).min(1);

/** Blocks of thoughts as the text that a step carries. */
export function thinkingText(blocks: readonly ThinkingBlock[]): string {
  return JSON.stringify(blocks);
}

/** The blocks that a step carries; none where its thoughts are another service's, or none. */
export function thinkingBlocks(thoughts = ""): readonly ThinkingBlock[] {
  return isThinkingBlocks(thoughts) ? blocks.safeParse(jsonOf(thoughts)).data ?? [] : [];
}

/** Whether the thoughts of a step are such blocks: another service does not want to see them. */
export function isThinkingBlocks(thoughts: string): boolean {
  return /^\[\{"type":"(redacted_)?thinking"/.test(thoughts);
}
