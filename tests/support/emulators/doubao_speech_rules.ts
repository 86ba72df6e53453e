import type { OpeningRequest } from "./dialect.ts";
import { isMap } from "./doubao_speech_frames.ts";
import type { SocketAnswer } from "./speech_socket_emulator.ts";
import type { SpeechRefusal } from "./speech_script.ts";

/** What varies at the service, or is odd about it. */
export interface DoubaoSpeechManner {
  /** Whether what it sends is packed. */
  readonly gzip?: boolean;
  /** Whether the headers of sound say JSON. */
  readonly json?: boolean;
  /** Whether a refused connection leaves out which one it is. */
  readonly bare?: boolean;
  /** How it answers what gives a session up. Default: as it should. */
  readonly cancel?: "silent" | "finished";
  /** It ends a session of itself once a part has come: in order, by closing, or by an error. */
  readonly ends?: "finished" | "closed" | "failed";
  /** What `additions` and `audio_params` have to hold, beside what always is there. */
  readonly wants?: Readonly<Record<string, unknown>>;
  /** Where it notes the events of a client, and the parts of its text as they came. */
  readonly noted?: { readonly events: number[]; readonly parts: string[] };
}

/** The keys that its emulators take: `doubao-key`, or `app` and `token` of the old console. */
export function doubaoAccess({ headers }: Pick<OpeningRequest, "headers">): SocketAnswer | undefined {
  const isNew = headers["x-api-key"] === "doubao-key" && headers["x-api-sequence"] === "-1" &&
    headers["x-api-request-id"] !== undefined;
  const isOld = headers["x-api-app-id"] === "app" && headers["x-api-app-key"] === "app" &&
    headers["x-api-access-key"] === "token" && headers["x-api-connect-id"] !== undefined;
  if (!isNew && !isOld) {
    return { status: 401, body: '{"error":"load grant: requested grant not found in SaaS storage"}' };
  }
  const resource = headers["x-api-resource-id"] ?? "";
  if (
    /^(seed-tts-(1\.0(-concurr)?|2\.0)|seed-icl-[12]\.0|volc\.(service_type\.10029|megatts\.default))$/.test(
      resource,
    )
  ) {
    return undefined;
  }
  return { status: 403, body: `[resource_id=${resource}] requested resource not granted` };
}

/** How it refuses a request as such, whatever the request is for. */
export function doubaoStatus(kind: SpeechRefusal): SocketAnswer | undefined {
  switch (kind) {
    case "auth":
      return { status: 401, body: '{"header":{"code":45000010,"message":"load grant: no"}}' };
    case "quota":
      return { status: 403, body: "[resource_id=volc.x] requested resource not granted" };
    case "throttled":
      return { status: 429, body: '{"code":45000292,"message":"quota exceeded for types: concurrency"}' };
    default:
      return undefined;
  }
}

/** What it says of the rest. */
export const DOUBAO_WORDS: Readonly<Partial<Record<SpeechRefusal, readonly [code: number, words: string]>>> =
  {
    voice: [45000000, "speaker permission denied: access denied"],
    model: [55000000, "resource ID is mismatched with speaker related resource"],
    busy: [55000001, "server busy"],
    text: [40402003, "TTSExceededTextLimit:exceed max limit"],
  };

/** What is wrong with what every way to ask has in its request. */
export function doubaoSlip(
  request: unknown,
  { manner, hasText }: { readonly manner: DoubaoSpeechManner; readonly hasText: boolean },
): string | undefined {
  if (!isMap(request) || !isMap(request["user"]) || !isMap(request["req_params"])) {
    return "no user or no req_params";
  }
  const { user, req_params: params } = request;
  const audio = params["audio_params"];
  if (typeof user["uid"] !== "string" || !isMap(audio)) return "no uid or no audio_params";
  if (
    audio["format"] !== "pcm" ||
    ![8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000].includes(Number(audio["sample_rate"]))
  ) {
    return `the sound ${JSON.stringify(audio)}`;
  }
  for (const name of ["speech_rate", "loudness_rate"]) {
    const rate = Number(audio[name] ?? 0);
    if (!Number.isInteger(rate) || rate < -50 || rate > 100) return `the ${name} ${rate}`;
  }
  if (typeof params["additions"] !== "string") return "additions that are no string";
  const additions: unknown = JSON.parse(params["additions"]);
  const { max_length_to_filter_parenthesis: filtered = 0 } = manner.wants ?? {};
  if (!isMap(additions) || additions["max_length_to_filter_parenthesis"] !== filtered) {
    return "parentheses are filtered";
  }
  if (typeof params["speaker"] !== "string" || params["speaker"] === "") return "no speaker";
  if (hasText ? !isText(params["text"]) : "text" in params) {
    return "the text is missing, or where none belongs";
  }
  const known = { ...params, ...audio, ...additions };
  const missing = Object.entries(manner.wants ?? {}).find(([name, value]) =>
    JSON.stringify(Reflect.get(known, name)) !== JSON.stringify(value)
  );
  return missing === undefined ? undefined : `another ${missing[0]}`;
}

/** Whether something is a text, as the service would speak it. */
export function isText(text: unknown): text is string {
  // deno-lint-ignore no-control-regex
  return typeof text === "string" && text !== "" && text.isWellFormed() && !/[\x00-\x1f\x7f]/.test(text);
}
