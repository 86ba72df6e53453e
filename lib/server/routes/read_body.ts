import { raceSignal } from "../../lifecycle/mod.ts";
import { plainText } from "./route.ts";

/** How long a body may take, in ms. */
const DEADLINE_MS = 10_000;

/** A request's body as text, or what answers one that does not come within 10 s or is longer than `maxBytes`. */
export async function readBody(
  request: Request,
  { maxBytes, headers = {} }: {
    readonly maxBytes: number;
    /** For the answer. */
    readonly headers?: Readonly<Record<string, string>>;
  },
): Promise<string | Response> {
  let body: string | undefined;
  try {
    body = await raceSignal(textOf(request, maxBytes), AbortSignal.timeout(DEADLINE_MS));
  } catch {
    return plainText("Cannot read the request: its body did not come\n", { status: 408, headers });
  }
  if (body !== undefined) return body;
  return plainText(`Cannot read the request: it has more than ${maxBytes} bytes\n`, { status: 413, headers });
}

/** The text; `undefined` when it is longer than `maxBytes`. */
async function textOf(request: Request, maxBytes: number): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = "";
  let sizeBytes = 0;
  for await (const part of request.body ?? []) {
    sizeBytes += part.byteLength;
    if (sizeBytes > maxBytes) return undefined;
    text += decoder.decode(part, { stream: true });
  }
  return text + decoder.decode();
}
