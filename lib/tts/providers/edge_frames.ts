import { serviceError, type ServiceName } from "../../service/mod.ts";

/** MP3 is all that the service gives. */
const OUTPUT_FORMAT = "audio-24khz-48kbitrate-mono-mp3";

/** What asks for the format of the sound; the service wants its booleans as strings. */
export function configFrame(now: Date): string {
  const metadataoptions = { sentenceBoundaryEnabled: "true", wordBoundaryEnabled: "false" };
  const context = { synthesis: { audio: { metadataoptions, outputFormat: OUTPUT_FORMAT } } };
  return frame(
    {
      "X-Timestamp": timestamp(now),
      "Content-Type": "application/json; charset=utf-8",
      "Path": "speech.config",
    },
    JSON.stringify({ context }),
  );
}

/** What has a document spoken. The Z is a slip of Edge, which the service has known ever since. */
export function ssmlFrame(ssml: string, { requestId, now }: {
  readonly requestId: string;
  readonly now: Date;
}): string {
  return frame({
    "X-RequestId": requestId,
    "Content-Type": "application/ssml+xml",
    "X-Timestamp": `${timestamp(now)}Z`,
    "Path": "ssml",
  }, ssml);
}

function frame(headers: Readonly<Record<string, string>>, body: string): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\r\n`);
  return `${lines.join("")}\r\n${body}`;
}

/** As the browser writes it: `Thu Jan 01 2026 00:00:00 GMT+0000 (Coordinated Universal Time)`. */
function timestamp(now: Date): string {
  const [weekday = "", day, month, year, time] = now.toUTCString().split(" ");
  return `${weekday.slice(0, 3)} ${month} ${day} ${year} ${time} GMT+0000 (Coordinated Universal Time)`;
}

/** What the service says. */
export type EdgeMessage =
  | { readonly type: "audio"; readonly bytes: Uint8Array }
  /** All was said. */
  | { readonly type: "end" }
  /** Nothing that is needed: its beginning, where sentences begin. */
  | { readonly type: "other" };

/** Reads a message: text is headers and a body, sound has the length of its headers before them. */
export function readEdgeMessage(service: ServiceName, message: string | Uint8Array): EdgeMessage {
  if (typeof message === "string") {
    const [head = ""] = message.split("\r\n\r\n", 1);
    return headersOf(head).get("path") === "turn.end" ? { type: "end" } : { type: "other" };
  }
  const headBytes = message.length < 2
    ? Infinity
    : new DataView(message.buffer, message.byteOffset).getUint16(0);
  if (2 + headBytes > message.length) {
    throw serviceError(service, "protocol", { detail: "its frame is shorter than its headers" });
  }
  const headers = headersOf(new TextDecoder().decode(message.subarray(2, 2 + headBytes)));
  const bytes = message.subarray(2 + headBytes);
  // The last one is empty and has no type.
  if (headers.get("path") !== "audio" || bytes.length === 0) return { type: "other" };
  const type = headers.get("content-type");
  if (type === "audio/mpeg") return { type: "audio", bytes };
  throw serviceError(service, "protocol", {
    detail: `its sound is of the type ${type ?? "that it does not say"}`,
  });
}

/** Names in lower case. */
function headersOf(head: string): ReadonlyMap<string, string> {
  return new Map(
    head.split("\r\n").map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}
