import { z } from "zod";
import { EarshotError } from "../../errors/mod.ts";
import type { ToolResult } from "../contract.ts";

const word = z.string().max(200).optional().catch(undefined);
const block = z.looseObject({
  type: z.string().max(64),
  text: z.string().optional().catch(undefined),
  mimeType: word,
  uri: word,
  name: word,
  resource: z.looseObject({ uri: word, mimeType: word }).optional().catch(undefined),
});
const result = z.looseObject({
  content: z.array(z.unknown()).optional().catch(undefined),
  structuredContent: z.record(z.string(), z.unknown()).optional().catch(undefined),
  isError: z.boolean().optional().catch(undefined),
});

/**
 * What a result of an MCP server is to a language model: its text, else its structured content as JSON. Of pictures, sound
 * and resources only what they are is said.
 *
 * @throws {EarshotError} `tool.protocol` for what is no result
 */
export function toolResult(server: string, answer: unknown): ToolResult {
  const parsed = result.safeParse(answer);
  if (!parsed.success) {
    throw new EarshotError("tool.protocol", `Cannot read a result of ${server}: it is no JSON object`);
  }
  const { content = [], structuredContent, isError = false } = parsed.data;
  const parts = content.map(textOf).filter((part) => part.words !== "");
  const told = parts.some(({ isText }) => isText);
  if (!told && structuredContent !== undefined) {
    parts.unshift({ isText: true, words: JSON.stringify(structuredContent) });
  }
  const text = parts.map(({ words }) => words).join("\n");
  return { text, ...(isError && { failed: true }) };
}

interface Part {
  readonly words: string;
  readonly isText: boolean;
}

function textOf(value: unknown): Part {
  const parsed = block.safeParse(value);
  if (!parsed.success) return { words: "", isText: false };
  const { type, text, mimeType, uri, name, resource } = parsed.data;
  if (type === "text") return { words: text ?? "", isText: true };
  const facts = [type.replaceAll("_", " "), name ?? uri ?? resource?.uri, mimeType ?? resource?.mimeType];
  return { words: `[${facts.filter((fact) => fact !== undefined).join(", ")}]`, isText: false };
}
