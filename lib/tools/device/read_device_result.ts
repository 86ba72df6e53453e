import { z } from "zod";
import type { ToolResult } from "../contract.ts";

/** What is looked at of a block: the sizes of pictures, and texts. */
const block = z.object({
  type: z.string(),
  text: z.unknown().optional(),
  /** Firmware: the picture as the text of a JSON object. */
  image: z.unknown().optional(),
  /** The standard's own. */
  data: z.unknown().optional(),
  mimeType: z.string().max(64).optional().catch(undefined),
  resource: z.object({ text: z.string() }).optional().catch(undefined),
});

const result = z.object({ content: z.array(z.unknown()), isError: z.boolean().optional().catch(undefined) });
const picture = z.object({
  mimeType: z.string().max(64).optional().catch(undefined),
  data: z.string(),
});

/** What a call on a device gave, for the language model: texts as they are, of anything else that it is there. */
export function readDeviceResult(given: unknown): ToolResult {
  const read = result.safeParse(given);
  if (!read.success) return { text: blockText(given) };
  const text = read.data.content.map(blockText).filter((each) => each !== "").join("\n");
  return { text, ...(read.data.isError === true && { failed: true }) };
}

function blockText(given: unknown): string {
  const read = block.safeParse(given);
  if (!read.success) return plain(given);
  const { type, text, image, data, mimeType, resource } = read.data;
  if (type === "text") return plain(text);
  if (type === "image") return pictureText(typeof image === "string" ? pictureIn(image) : { data, mimeType });
  if (resource !== undefined) return resource.text;
  return typeof data === "string" ? `${type}, ${bytesOf(data)} bytes` : plain(given);
}

/** A picture is never told as what it consists of: no model reads that, and it may show people. */
function pictureText(
  { data, mimeType }: { readonly data?: unknown; readonly mimeType?: string | undefined },
): string {
  const size = typeof data === "string" ? `${bytesOf(data)} bytes` : "of unknown size";
  return `A picture was taken (${mimeType === undefined ? "" : `${mimeType}, `}${size}).`;
}

function pictureIn(json: string): { readonly data?: string; readonly mimeType?: string | undefined } {
  try {
    return picture.safeParse(JSON.parse(json)).data ?? {};
  } catch {
    return {};
  }
}

/** How many bytes base64 stands for. */
function bytesOf(base64: string): number {
  const padding = base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0;
  return Math.max(0, Math.floor(base64.length * 3 / 4) - padding);
}

function plain(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value) ?? "";
}
