import type { AsrProvider } from "../../lib/asr/mod.ts";
import type { ErrorCode } from "../../lib/errors/mod.ts";
import type { Clock } from "../../lib/lifecycle/mod.ts";
import type { ServiceBlock } from "../../lib/service/mod.ts";
import { aliyunNls, type NlsManner } from "../support/emulators/aliyun_nls.ts";
import { dashscope, type DashscopeManner } from "../support/emulators/dashscope.ts";
import { doubao, type DoubaoManner, type DoubaoPath } from "../support/emulators/doubao.ts";
import { doubaoV2, type DoubaoV2Manner } from "../support/emulators/doubao_v2.ts";
import type { Dialect } from "../support/emulators/emulator.ts";
import { funasr, type FunasrFlavor, type FunasrManner } from "../support/emulators/funasr.ts";
import { openai, type OpenaiManner } from "../support/emulators/openai.ts";
import { openaiRealtime, type OpenaiRealtimeManner } from "../support/emulators/openai_realtime.ts";
import { qwenRealtime } from "../support/emulators/qwen_realtime.ts";
import type { RefusalKind } from "../support/emulators/script.ts";
import { type SherpaFlavor, sherpaServer } from "../support/emulators/sherpa_server.ts";
import type { TcpDialect } from "../support/emulators/tcp_emulator.ts";
import { tencent } from "../support/emulators/tencent.ts";
import { vosk } from "../support/emulators/vosk.ts";
import { wyoming, type WyomingManner } from "../support/emulators/wyoming.ts";
import { xunfei, type XunfeiManner } from "../support/emulators/xunfei.ts";
import { fastClock } from "../support/fast_clock.ts";
import { CA_FILE, openRecognizer } from "../support/open_recognizer.ts";
import type { CaseName } from "./cases.ts";

/** One recognizer against its emulator. */
export interface Subject {
  readonly name: string;
  readonly dialect: Dialect | TcpDialect;
  /** Its block of the config, with its defaults as a user has them. */
  block(origin: string): ServiceBlock;
  /** The secrets of the block, by key. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** The time source; the system's unless given. */
  readonly clock?: Clock;
  /** Opens something else in its place. */
  readonly open?: (origin: string) => AsrProvider | Promise<AsrProvider>;
  /** What it makes of each refusal of the service. */
  readonly refusals: Partial<Record<RefusalKind, ErrorCode>>;
  /** What it makes of a connection that breaks. Default: `asr.disconnected`. */
  readonly broken?: Partial<Record<"start" | "mid" | "finish", ErrorCode>>;
  /** Whether it may take a quiet moment after some words for the end. */
  readonly quietEnds?: true;
  /** Cases that do not apply, each with its reason. */
  readonly skipped: Partial<Record<CaseName, string>>;
}

/** On-prem servers without accounts. */
const NO_ACCOUNTS = {
  "refused: auth": "the server knows no accounts",
  "refused: quota": "the server knows no accounts",
  "refused: config": "the server has no words for faults: it ends the connection",
  "refused: bad audio": "the server has no words for faults: it ends the connection",
} as const;

const WHOLE = "it answers once, when the utterance has ended";

const NO_END = "no message says which words are the last, so a quiet moment after some is the end";

/** A FunASR server. */
export const funasrSubject = (
  flavor: FunasrFlavor,
  mode: "2pass" | "offline" | "online",
  { manner, ...config }: {
    readonly hotwords?: Readonly<Record<string, number>>;
    readonly manner?: FunasrManner;
  } = {},
): Subject => ({
  name: `funasr ${flavor} ${mode}${manner?.isFinal === "speaking" ? ", is_final while speaking" : ""}`,
  dialect: funasr(flavor, manner),
  block: (url) => ({ type: "funasr", url, mode, ...config }),
  // It waits for a quiet second where nothing else is the end.
  ...(flavor === "python" && { clock: fastClock(5) }),
  refusals: {},
  ...(flavor === "python" && mode === "2pass" && { quietEnds: true }),
  skipped: {
    ...NO_ACCOUNTS,
    ...(mode === "offline" && { "partials grow": WHOLE, "flood": WHOLE }),
    ...(flavor === "python" && mode === "2pass" && { "hangs at finish": NO_END }),
    ...(mode === "online" &&
      { "hangs mid-stream": NO_END, "hangs at finish": NO_END, "a byte a second": NO_END }),
  },
});

const sherpaSubject = (flavor: SherpaFlavor): Subject => {
  const mode = flavor.endsWith("offline") ? "offline" : "streaming";
  return {
    name: `sherpaServer ${flavor}`,
    dialect: sherpaServer(flavor),
    block: (url) => ({ type: "sherpaServer", url, mode }),
    refusals: {},
    skipped: { ...NO_ACCOUNTS, ...(mode === "offline" && { "partials grow": WHOLE, "flood": WHOLE }) },
  };
};

/** How Doubao is spoken to, and how it answers. */
export interface DoubaoVariant {
  readonly path: DoubaoPath;
  readonly manner: DoubaoManner;
  readonly keys: "old" | "new";
  readonly encoding: "pcm" | "opus";
  readonly gzip: boolean;
}

/** The ways in which its replies differ, in two extremes. */
export const DOUBAO_MANNERS: Readonly<Record<"lean" | "full", DoubaoManner>> = {
  lean: { gzip: true, lastSign: -1, list: false, cumulative: false, greeting: "result" },
  full: { gzip: false, lastSign: 1, list: true, cumulative: true, greeting: "ack" },
};

/** Doubao v3. */
export const doubaoSubject = ({ path, manner, keys, encoding, gzip }: DoubaoVariant): Subject => ({
  name: `doubao ${path} ${encoding} ${gzip ? "gzip" : "plain"}`,
  dialect: doubao(manner),
  block: (origin) => ({
    type: "doubao",
    url: `${origin}/api/v3/sauc/${path}`,
    encoding,
    gzip,
    ...(keys === "old" && { appKey: "app" }),
  }),
  secrets: keys === "new" ? { apiKey: "doubao-key" } : { accessToken: "token" },
  refusals: REFUSALS,
  skipped: {
    ...(path === "bigmodel_nostream" &&
      { "partials grow": "it says nothing before the end, or before 15 s" }),
  },
});

/** Doubao v2, which frames and refuses in either way. */
export const doubaoV2Subject = (manner: DoubaoV2Manner): Subject => ({
  name: `doubaoV2 ${manner.gzip ? "gzip" : "plain"}`,
  dialect: doubaoV2(manner),
  block: (url) => ({ type: "doubaoV2", url, appId: "v2-app", cluster: "v2-cluster", gzip: manner.gzip }),
  secrets: { accessToken: "v2-token" },
  refusals: REFUSALS,
  skipped: {},
});

/** Aliyun NLS. */
export const nlsSubject = (
  recognizer: "transcriber" | "recognizer",
  encoding: "pcm" | "opus",
  manner: NlsManner = {},
): Subject => ({
  name: `aliyunNls ${recognizer} ${encoding}`,
  dialect: aliyunNls(manner),
  block: (url) => ({ type: "aliyunNls", url, appKey: "nls-app", recognizer, encoding }),
  secrets: { token: "nls-token" },
  refusals: REFUSALS,
  skipped: {},
});

const REFUSALS = {
  auth: "asr.auth",
  quota: "asr.quota",
  config: "asr.config",
  bad_audio: "asr.bad_input",
} as const;

/** iFlytek. */
export const xunfeiSubject = (version: "v2" | "spark", manner: XunfeiManner = {}): Subject => ({
  name: `xunfei ${version}`,
  dialect: xunfei(version, manner),
  block: (url) => ({ type: "xunfei", version, url: `${url}/${version}`, appId: "app" }),
  secrets: { apiKey: "xunfei-key", apiSecret: "xunfei-secret" },
  refusals: REFUSALS,
  skipped: {},
});

const tencentSubject: Subject = {
  name: "tencent",
  dialect: tencent,
  block: (origin) => ({ type: "tencent", url: `${origin}/asr/v2/`, appId: "1250", secretId: "secret-id" }),
  secrets: { secretKey: "secret-key" },
  refusals: REFUSALS,
  skipped: {},
};

/** Bailian. */
export const dashscopeSubject = (
  encoding: "pcm" | "opus",
  { clock, ...manner }: DashscopeManner & { readonly clock?: Clock } = {},
): Subject => ({
  name: `dashscope ${encoding}`,
  dialect: dashscope(manner),
  block: (url) => ({ type: "dashscope", url, encoding }),
  secrets: { apiKey: "dashscope-key" },
  ...(clock && { clock }),
  refusals: REFUSALS,
  skipped: {},
});

/** A Wyoming server. */
export const wyomingSubject = (
  manner: WyomingManner,
  config: { readonly model?: string; readonly language?: string } = {},
): Subject => ({
  name: `wyoming ${manner.streams ? "streaming" : "whole"} ${manner.writes}`,
  dialect: wyoming(manner),
  block: (url) => ({ type: "wyoming", url, ...config }),
  refusals: { config: "asr.failed", bad_audio: "asr.failed" },
  skipped: {
    "text on TLS": "the protocol has no TLS",
    "refused: proxy": "TCP has no opening request that could be refused",
    "refused: auth": "the server knows no accounts",
    "refused: quota": "the server knows no accounts",
    ...(!manner.streams && { "partials grow": WHOLE }),
  },
});

/** Until an answer has begun, `fetch` does not tell a connection that broke from one that never was. */
const UNKNOWN_BREAK = "asr.unreachable";

/** OpenAI's transcription, or a server that speaks like it. */
export const openaiSubject = (
  manner: OpenaiManner,
  config: {
    readonly path?: string;
    readonly prompt?: string;
    readonly temperature?: number;
    readonly sendLanguage?: boolean;
    readonly recognizeAhead?: boolean;
  } = {},
): Subject => ({
  name: `openai ${manner.sse ? "sse" : "json"}`,
  dialect: openai(manner),
  block: (origin) => ({
    type: "openai",
    url: `${origin.replace(/^ws/, "http")}/v1`,
    stream: manner.sse ?? false,
    ...config,
  }),
  secrets: manner.open ? {} : { apiKey: "openai-key" },
  refusals: REFUSALS,
  broken: manner.sse
    ? { start: UNKNOWN_BREAK }
    : { start: UNKNOWN_BREAK, mid: UNKNOWN_BREAK, finish: UNKNOWN_BREAK },
  skipped: manner.sse ? {} : { "partials grow": WHOLE, "flood": WHOLE },
});

const AT_THE_END = "it begins when the utterance has ended, and its words come at once";

/** OpenAI's realtime transcription. */
export const openaiRealtimeSubject = (
  turnDetection: "server_vad" | "none",
  manner: OpenaiRealtimeManner = {},
): Subject => ({
  name: `openaiRealtime ${turnDetection === "none" ? "manual" : turnDetection}`,
  dialect: openaiRealtime(manner),
  block: (origin) => ({
    type: "openaiRealtime",
    url: `${origin}/v1/realtime?intent=transcription`,
    turnDetection,
    sendLanguage: manner.findsLanguage !== true,
  }),
  secrets: { apiKey: "openai-key" },
  refusals: REFUSALS,
  skipped: turnDetection === "none" ? { "partials grow": AT_THE_END } : {},
});

/** Qwen's realtime transcription. */
export const qwenRealtimeSubject = (
  encoding: "pcm" | "opus",
  turnDetection: "server_vad" | "none" = "server_vad",
): Subject => ({
  name: `qwenRealtime ${encoding}${turnDetection === "none" ? " manual" : ""}`,
  dialect: qwenRealtime,
  block: (origin) => ({ type: "qwenRealtime", url: `${origin}/api-ws/v1/realtime`, encoding, turnDetection }),
  secrets: { apiKey: "qwen-key" },
  refusals: REFUSALS,
  skipped: turnDetection === "none" ? { "partials grow": AT_THE_END } : {},
});

/** Every adapter that is a service's, in each flavor of the service. */
export const SUBJECTS: readonly Subject[] = [
  funasrSubject("cpp_2pass", "2pass"),
  funasrSubject("cpp_2pass", "online"),
  funasrSubject("cpp_offline", "offline"),
  funasrSubject("python", "2pass"),
  funasrSubject("python", "2pass", { manner: { isFinal: "speaking" } }),
  funasrSubject("python", "online"),
  funasrSubject("python", "offline"),
  {
    name: "vosk",
    dialect: vosk,
    block: (url) => ({ type: "vosk", url }),
    refusals: {},
    skipped: NO_ACCOUNTS,
  },
  doubaoSubject({
    path: "bigmodel_async",
    manner: DOUBAO_MANNERS.lean,
    keys: "new",
    encoding: "pcm",
    gzip: true,
  }),
  doubaoSubject({
    path: "bigmodel_async",
    manner: DOUBAO_MANNERS.full,
    keys: "old",
    encoding: "opus",
    gzip: false,
  }),
  doubaoSubject({ path: "bigmodel", manner: DOUBAO_MANNERS.full, keys: "new", encoding: "pcm", gzip: false }),
  doubaoSubject({
    path: "bigmodel_nostream",
    manner: DOUBAO_MANNERS.lean,
    keys: "old",
    encoding: "opus",
    gzip: true,
  }),
  doubaoV2Subject({ gzip: true, refusesIn: "reply" }),
  doubaoV2Subject({ gzip: false, refusesIn: "error frame" }),
  nlsSubject("transcriber", "pcm"),
  nlsSubject("transcriber", "opus"),
  nlsSubject("recognizer", "pcm"),
  dashscopeSubject("pcm"),
  dashscopeSubject("opus"),
  xunfeiSubject("v2"),
  xunfeiSubject("spark"),
  tencentSubject,
  openaiSubject({}),
  openaiSubject({ sse: true, emptyDone: true }),
  openaiRealtimeSubject("server_vad"),
  openaiRealtimeSubject("none"),
  qwenRealtimeSubject("pcm"),
  qwenRealtimeSubject("opus"),
  qwenRealtimeSubject("pcm", "none"),
  wyomingSubject({ streams: false, data: "inline", writes: "split" }),
  wyomingSubject({ streams: true, data: "after", writes: "merged" }),
  wyomingSubject({ streams: true, data: "both", writes: "split" }),
  sherpaSubject("cpp_streaming"),
  sherpaSubject("python_streaming"),
  sherpaSubject("cpp_offline"),
  sherpaSubject("python_offline"),
];

/** One subject of each type of service. */
export const SERVICES: ReadonlyMap<string, Subject> = new Map(
  SUBJECTS.toReversed().map((subject) => [subject.block("ws://localhost:1").type, subject]),
);

/** The recognizer of a subject at this address; on TLS it trusts the emulators' authority. */
export async function openSubject(subject: Subject, origin: string): Promise<AsrProvider> {
  if (subject.open !== undefined) return await subject.open(origin);
  const tls = "transport" in subject.dialect ? {} : { tls: { caFile: CA_FILE } };
  const { secrets, clock } = subject;
  return await openRecognizer({ ...subject.block(origin), ...tls }, { secrets, clock });
}
