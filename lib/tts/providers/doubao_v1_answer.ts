import { z } from "zod";
import type { EarshotError, ServiceFault } from "../../errors/mod.ts";
import { type HttpClient, HttpRefusal, type PeerTrust } from "../../net/mod.ts";
import {
  connectionError,
  decodeDoubaoFrame,
  DOUBAO_FRAME,
  doubaoMeaningOf,
  encodeDoubaoFrame,
  jsonOf,
  openaiRefusal,
  readReply,
  serviceError,
  type ServiceName,
} from "../../service/mod.ts";
import { soundOfBase64 } from "../body/base64_sound.ts";
import { brokenOff } from "../body/broken_off.ts";
import { errorOfBody } from "../body/sound_of_body.ts";
import { PulledSocket } from "../socket/pulled_socket.ts";
import { unquote, unquoteRefusal } from "../text/unquote.ts";
import { jsonObjects } from "./doubao_objects.ts";

const OK = 3000;
/** Nothing of the text can be spoken. */
const NOTHING = 3011;

/** What the service's codes mean; what is not here is a failure that does not pass. */
const CODES: Readonly<Record<number, ServiceFault>> = {
  3001: "config",
  3003: "throttled",
  3005: "throttled",
  3010: "bad_input",
  3030: "timeout",
  3031: "failed",
  3032: "timeout",
  3040: "failed",
  3050: "config",
};
/** Codes whose words know better: keys and quotas have none of their own. */
const SHARED: ReadonlySet<number> = new Set([3001, 3003]);

/** A text that is to be spoken, and who is asked. */
export interface DoubaoV1Request {
  readonly service: ServiceName;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What is asked for, as JSON. */
  readonly body: string;
  readonly text: string;
}

/** The sound of a text over a WebSocket, which takes one. */
export async function* bytesOverSocket(
  { service, url, headers, body, text, trust }: DoubaoV1Request & { readonly trust: PeerTrust },
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  using socket = await PulledSocket.openWeb({ service, url, headers, trust }, signal).catch((thrown) => {
    throw refused(thrown, { service, url, text });
  });
  const payload = new TextEncoder().encode(body);
  socket.send(encodeDoubaoFrame(DOUBAO_FRAME.request, { payload, gzip: false }));
  for (;;) {
    const message = await socket.next();
    if (typeof message === "string") {
      throw serviceError(service, "protocol", { detail: "it sent text where frames are due" });
    }
    const { type, last, code, payload } = decodeDoubaoFrame(service, message);
    if (code === NOTHING) return socket.close();
    if (code !== undefined) {
      throw faultOf(service, { code, words: wordsOf(new TextDecoder().decode(payload)), text });
    }
    if (type !== DOUBAO_FRAME.sound) continue;
    yield payload;
    if (last) return socket.close();
  }
}

const answer = z.looseObject({
  code: z.int().optional(),
  message: z.string().default(""),
  data: z.string().default(""),
});

/** The sound of a text over HTTP, which comes at once. */
export async function* bytesOverHttp(
  { service, url, headers, body, text, http }: DoubaoV1Request & { readonly http: HttpClient },
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const request = { url, headers: { ...headers, "Content-Type": "application/json" }, body };
  const response = await http.fetch(request, signal).catch((thrown) => {
    throw refused(thrown, { service, url, text });
  });
  try {
    for await (const said of jsonObjects(service, response.body ?? ReadableStream.from<Uint8Array>([]))) {
      const { code, message, data } = readReply(service, said, answer);
      if (code === undefined) throw errorOfBody(service, said);
      if (code === NOTHING) return;
      if (code !== OK) throw faultOf(service, { code, words: message, text });
      if (data !== "") yield soundOfBase64(service, data);
      return;
    }
  } catch (thrown) {
    throw brokenOff(service, thrown, signal);
  }
  throw serviceError(service, "disconnected", { detail: "its answer ends before it is whole" });
}

/** An error with the service's words, without what they repeat of the text. */
function faultOf(
  service: ServiceName,
  { code, words, text }: { readonly code: number; readonly words: string; readonly text: string },
): EarshotError {
  const told = SHARED.has(code) ? doubaoMeaningOf(words) : undefined;
  const meaning = told ?? CODES[code];
  return serviceError(service, meaning ?? "failed", {
    detail: `${code} ${unquote(words, text)}`,
    ...(meaning === undefined && { retryable: false }),
  });
}

const fault = z.looseObject({ code: z.int(), message: z.string().default("") });

/** A refused request says why in its body, with a code of the service, or as whoever stands before it words it. */
function refused(
  thrown: unknown,
  { service, url, text }: Pick<DoubaoV1Request, "service" | "url" | "text">,
): Error {
  if (!(thrown instanceof HttpRefusal)) return connectionError(service, thrown);
  const { success, data } = fault.safeParse(jsonOf(thrown.body));
  if (success && data.code in CODES) return faultOf(service, { code: data.code, words: data.message, text });
  return openaiRefusal(service, unquoteRefusal(thrown, { url, said: text }));
}

/** What an error frame says: text, or JSON with a message. */
function wordsOf(said: string): string {
  return fault.partial().safeParse(jsonOf(said)).data?.message ?? said;
}
