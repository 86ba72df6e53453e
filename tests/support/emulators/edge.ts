import { createHash } from "node:crypto";
import { TONE_MP3 } from "../tone_mp3.ts";
import type { OpeningRequest } from "./dialect.ts";
import type { SocketAnswer, SpeechSocketDialect } from "./speech_socket_emulator.ts";

/** Which Edge the service expects, and what is odd about it. */
export interface EdgeManner {
  readonly version?: string;
  /** How far its clock is ahead of ours, in ms. */
  readonly skewMs?: number;
  /** It takes nobody, and says the time. */
  readonly takesNobody?: boolean;
  /** How long it speaks, whatever the text is, in ms: whole frames of 24 ms. Default: its tone once. */
  readonly soundMs?: number;
  /** The voice and the prosody that the test asks for. Default: those of the contract suite. */
  readonly opening?: string;
}

const PATH = "/consumer/speech/synthesize/readaloud";
const CLIENT_TOKEN = "6A5AA1D4EAFF4E9FB37E23D68491D6F4";
const FRAME_BYTES = 144;
const FRAME_MS = 24;
const MAX_TEXT_BYTES = 4_096;
const TIMESTAMP =
  /^(Sun|Mon|Tue|Wed|Thu|Fri|Sat) [A-Z][a-z]{2} \d{2} \d{4} \d{2}:\d{2}:\d{2} GMT\+0000 \(Coordinated Universal Time\)$/;
const CONFIG = '{"context":{"synthesis":{"audio":{"metadataoptions":{"sentenceBoundaryEnabled":"true",' +
  '"wordBoundaryEnabled":"false"},"outputFormat":"audio-24khz-48kbitrate-mono-mp3"}}}}';
const SPEAK = "<speak version='1.0' xmlns='http://www.w3.org/2001/10/synthesis' xml:lang='en-US'>";
/** What the contract suite asks for. */
const OPENING = "<voice name='en-US-AvaMultilingualNeural'><prosody pitch='+0Hz' rate='+0%' volume='+0%'>";
const CLOSING = "</prosody></voice></speak>";
const ENTITIES: Readonly<Record<string, string>> = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };

/** Edge's read-aloud, which takes nothing but what Edge sends. */
export function edgeSpeech(manner: EdgeManner = {}): SpeechSocketDialect {
  const { version = "1-143.0.3650.75", skewMs = 0, takesNobody = false, soundMs, opening = OPENING } = manner;
  const seen = new Set<string>();
  const nowMs = () => Date.now() + skewMs;
  const forbidden = (): SocketAnswer => ({ status: 403, headers: { date: new Date(nowMs()).toUTCString() } });
  /** What Edge makes anew each time. */
  const isFresh = (value: string, pattern: RegExp) => {
    if (!pattern.test(value) || seen.has(value)) return false;
    seen.add(value);
    return true;
  };
  let requestId = "";
  return {
    accept: (request, violation) => {
      const { pathname, searchParams } = new URL(request.url, "http://localhost");
      const isList = pathname === `${PATH}/voices/list`;
      const connectionId = searchParams.get("ConnectionId") ?? "";
      const slips = [
        request.method === "GET" && (isList || pathname === `${PATH}/edge/v1`)
          ? ""
          : `${request.method} ${pathname}`,
        searchParams.get(isList ? "trustedclienttoken" : "TrustedClientToken") === CLIENT_TOKEN
          ? ""
          : "the client token",
        isList || isFresh(connectionId, /^[\da-f]{32}$/) ? "" : `the ConnectionId ${connectionId}`,
        [...searchParams.keys()].length === (isList ? 3 : 4) ? "" : "other parameters",
        isFresh(request.headers["cookie"] ?? "", /^muid=[\dA-F]{32};$/) ? "" : "the cookie",
        ...headerSlips(request, version),
      ].filter((slip) => slip !== "");
      if (slips.length > 0) {
        violation(slips.join(", "));
        return { status: 400 };
      }
      const tokens = [-300_000, 0, 300_000].map((offMs) => tokenAt(nowMs() + offMs));
      const isKnown = tokens.includes(searchParams.get("Sec-MS-GEC") ?? "") &&
        searchParams.get("Sec-MS-GEC-Version") === version;
      if (takesNobody || !isKnown) return forbidden();
      return isList
        ? { status: 200, body: JSON.stringify(VOICES), headers: { "content-type": "application/json" } }
        : undefined;
    },
    refusal: (kind) => ({ status: { auth: 403, throttled: 429, busy: 503 }[String(kind)] ?? 400 }),
    connect: ({ speak, violation }) => {
      let configured = false;
      return (message) => {
        if (typeof message !== "string") return violation("bytes");
        const { headers, body } = read(message);
        if (!configured) {
          configured = true;
          const slip = configSlip(headers, body);
          return slip === undefined ? undefined : violation(slip);
        }
        requestId = headers.get("X-RequestId") ?? "";
        const isNew = isFresh(requestId, /^[\da-f]{32}$/);
        const slip = isNew ? ssmlSlip({ headers, body, opening }) : "the X-RequestId";
        if (slip !== undefined) return violation(slip);
        speak(unescaped(body.slice(SPEAK.length + opening.length, -CLOSING.length)));
      };
    },
    sound: () => soundMs === undefined ? TONE_MP3 : framesOf(soundMs),
    messages: {
      before: () => [
        textFrame(requestId, "turn.start", '{"context":{"serviceTag":"0"}}'),
        textFrame(requestId, "response", '{"context":{"serviceTag":"0"},"audio":{"type":"inline"}}'),
      ],
      sound: (bytes) => audioFrame(requestId, bytes),
      after: () => [
        textFrame(requestId, "audio.metadata", METADATA),
        audioFrame(requestId),
        textFrame(requestId, "turn.end", "{}"),
      ],
    },
  };
}

/** A frame of sound as the service sends it: the length of its headers, these, and MP3; the last one has none. */
export function audioFrame(requestId: string, mp3?: Uint8Array): Uint8Array<ArrayBuffer> {
  const headers = new TextEncoder().encode(
    `X-RequestId:${requestId}\r\n${mp3 === undefined ? "" : "Content-Type:audio/mpeg\r\n"}` +
      "X-StreamId:FEDCBA9876543210FEDCBA9876543210\r\nPath:audio\r\n",
  );
  const frame = new Uint8Array(2 + headers.length + (mp3?.length ?? 0));
  new DataView(frame.buffer).setUint16(0, headers.length);
  frame.set(headers, 2);
  frame.set(mp3 ?? [], 2 + headers.length);
  return frame;
}

/** The token of a moment, computed by another way than the adapter's. */
function tokenAt(unixMs: number): string {
  const window = Math.floor((unixMs / 1_000 + 11_644_473_600) / 300);
  return createHash("sha256").update(`${BigInt(window) * 3_000_000_000n}${CLIENT_TOKEN}`).digest("hex")
    .toUpperCase();
}

function headerSlips({ headers }: OpeningRequest, version: string): readonly string[] {
  const major = version.split("-")[1]?.split(".")[0];
  const agent = headers["user-agent"] ?? "";
  const wanted = {
    origin: "chrome-extension://jdiccldimpdaibmpdkjnbmckianbfold",
    pragma: "no-cache",
    "cache-control": "no-cache",
  };
  return [
    ...Object.entries(wanted).map(([name, value]) =>
      headers[name] === value ? "" : `the ${name} ${headers[name]}`
    ),
    agent.includes(`Chrome/${major}.0.0.0 `) && agent.endsWith(` Edg/${major}.0.0.0`)
      ? ""
      : `the agent ${agent}`,
  ];
}

function configSlip(headers: ReadonlyMap<string, string>, body: string): string | undefined {
  if (headers.get("Path") !== "speech.config") return "something before speech.config";
  if (headers.get("Content-Type") !== "application/json; charset=utf-8") return "the type of speech.config";
  if (!TIMESTAMP.test(headers.get("X-Timestamp") ?? "")) return "the X-Timestamp of speech.config";
  return body === CONFIG ? undefined : "another speech.config";
}

function ssmlSlip({ headers, body, opening }: {
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  readonly opening: string;
}): string | undefined {
  if (headers.get("Path") !== "ssml") return "something instead of SSML";
  if (headers.get("Content-Type") !== "application/ssml+xml") return "the type of the SSML";
  const timestamp = headers.get("X-Timestamp") ?? "";
  if (!timestamp.endsWith("Z") || !TIMESTAMP.test(timestamp.slice(0, -1))) {
    return "the X-Timestamp of the SSML";
  }
  if (!body.startsWith(`${SPEAK}${opening}`) || !body.endsWith(CLOSING)) {
    return `the SSML ${body.slice(0, 300)}`;
  }
  const text = body.slice(SPEAK.length + opening.length, -CLOSING.length);
  if (/[<>]|&(?!(amp|lt|gt|quot|apos);)/.test(text)) return "text that is not escaped";
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x08\x0b\x0c\x0e-\x1f]/.test(text) || !text.isWellFormed()) return "text that is no XML";
  if (!/[\p{L}\p{N}]/u.test(unescaped(text))) return "nothing to speak";
  return new TextEncoder().encode(text).length > MAX_TEXT_BYTES ? "more than 4096 bytes" : undefined;
}

function unescaped(text: string): string {
  return text.replaceAll(/&\w+;/g, (entity) => ENTITIES[entity] ?? entity);
}

function read(message: string): { readonly headers: ReadonlyMap<string, string>; readonly body: string } {
  const end = message.indexOf("\r\n\r\n");
  const headers = message.slice(0, end).split("\r\n").map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1)] as const;
  });
  return { headers: new Map(headers), body: message.slice(end + 4) };
}

function textFrame(requestId: string, path: string, body: string): string {
  return `X-RequestId:${requestId}\r\nContent-Type:application/json; charset=utf-8\r\nPath:${path}\r\n\r\n${body}`;
}

/** The tone again and again. */
function framesOf(soundMs: number): Uint8Array<ArrayBuffer> {
  const sound = new Uint8Array(Math.round(soundMs / FRAME_MS) * FRAME_BYTES);
  for (let at = 0; at < sound.length; at += TONE_MP3.length) {
    sound.set(TONE_MP3.subarray(0, sound.length - at), at);
  }
  return sound;
}

const METADATA = JSON.stringify({
  Metadata: [{
    Type: "SentenceBoundary",
    Data: { Offset: 1_000_000, Duration: 6_480_000, text: { Text: "A &amp; B", Length: 9 } },
  }],
});

const VOICES = [
  {
    Name: "Microsoft Server Speech Text to Speech Voice (zh-CN, XiaoxiaoNeural)",
    ShortName: "zh-CN-XiaoxiaoNeural",
    Gender: "Female",
    Locale: "zh-CN",
    SuggestedCodec: "audio-24khz-48kbitrate-mono-mp3",
    FriendlyName: "Microsoft Xiaoxiao Online (Natural) - Chinese (Mainland)",
    Status: "GA",
    VoiceTag: { ContentCategories: ["News", "Novel"], VoicePersonalities: ["Warm"] },
  },
  { ShortName: "en-US-AvaMultilingualNeural", Locale: "en-US", Gender: "Female" },
  { ShortName: "xx-XX-NewNeural" },
];
