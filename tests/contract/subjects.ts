import type { AsrAdapter } from "../../lib/asr/mod.ts";
import { AliyunNlsAdapter, aliyunNlsConfig } from "../../lib/asr/adapters/aliyun_nls.ts";
import { DoubaoAdapter, doubaoConfig } from "../../lib/asr/adapters/doubao.ts";
import { FunasrAdapter, funasrConfig } from "../../lib/asr/adapters/funasr.ts";
import { SherpaServerAdapter, sherpaServerConfig } from "../../lib/asr/adapters/sherpa_server.ts";
import { VoskAdapter, voskConfig } from "../../lib/asr/adapters/vosk.ts";
import type { ErrorCode } from "../../lib/errors/mod.ts";
import type { PeerTrust } from "../../lib/net/mod.ts";
import { aliyunNls } from "../support/emulators/aliyun_nls.ts";
import { doubao, type DoubaoManner } from "../support/emulators/doubao.ts";
import type { Dialect } from "../support/emulators/emulator.ts";
import { funasr, type FunasrFlavour } from "../support/emulators/funasr.ts";
import { type SherpaFlavour, sherpaServer } from "../support/emulators/sherpa_server.ts";
import type { RefusalKind } from "../support/emulators/script.ts";
import { vosk } from "../support/emulators/vosk.ts";
import type { CaseName } from "./cases.ts";

/** One adapter against its emulator. */
export interface Subject {
  readonly name: string;
  readonly dialect: Dialect;
  /** The adapter, with its defaults as a user has them. */
  adapter(origin: string, trust: PeerTrust): AsrAdapter;
  /** What it makes of each refusal of the service. */
  readonly refusals: Partial<Record<RefusalKind, ErrorCode>>;
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

const NO_END = "no message says which sentence is the last, so a quiet moment after one is the end";

const funasrSubject = (flavour: FunasrFlavour, mode: "2pass" | "offline" | "online"): Subject => ({
  name: `funasr ${flavour} ${mode}`,
  dialect: funasr(flavour),
  adapter: (url, trust) => new FunasrAdapter({ ...funasrConfig.parse({ url, mode }), trust }),
  refusals: {},
  skipped: {
    ...NO_ACCOUNTS,
    ...(mode === "offline" && { "partials grow": WHOLE, "flood": WHOLE }),
    ...(flavour === "python" && mode === "2pass" && { "hangs at finish": NO_END }),
  },
});

const sherpaSubject = (flavour: SherpaFlavour): Subject => {
  const mode = flavour.endsWith("offline") ? "offline" : "streaming";
  return {
    name: `sherpa-server ${flavour}`,
    dialect: sherpaServer(flavour),
    adapter: (url, trust) => new SherpaServerAdapter({ ...sherpaServerConfig.parse({ url, mode }), trust }),
    refusals: {},
    skipped: { ...NO_ACCOUNTS, ...(mode === "offline" && { "partials grow": WHOLE, "flood": WHOLE }) },
  };
};

const doubaoSubject = (
  name: string,
  { manner, keys, encoding, gzip }: {
    readonly manner: DoubaoManner;
    readonly keys: "old" | "new";
    readonly encoding: "pcm" | "opus";
    readonly gzip: boolean;
  },
): Subject => ({
  name: `doubao ${name}`,
  dialect: doubao(manner),
  adapter: (url, trust) => {
    const apiKey = { env: "UNUSED" };
    const { apiKey: _secret, accessToken: _token, tls: _tls, ...config } = doubaoConfig.parse({
      url,
      apiKey,
      encoding,
      gzip,
    });
    const secrets = keys === "new" ? { apiKey: "doubao-key" } : { appKey: "app", accessToken: "token" };
    return new DoubaoAdapter({ ...config, ...secrets, trust });
  },
  refusals: { auth: "asr.auth", quota: "asr.quota", config: "asr.config", bad_audio: "asr.bad_audio" },
  skipped: {},
});

const nlsSubject = (recognizer: "transcriber" | "recognizer", encoding: "pcm" | "opus"): Subject => ({
  name: `aliyunNls ${recognizer} ${encoding}`,
  dialect: aliyunNls(),
  adapter: (url, trust) => {
    const { token: _token, accessKeySecret: _secret, tls: _tls, ...config } = aliyunNlsConfig.parse({
      url,
      appKey: "nls-app",
      token: { env: "UNUSED" },
      recognizer,
      encoding,
    });
    return new AliyunNlsAdapter({ ...config, token: "nls-token", trust });
  },
  refusals: { auth: "asr.auth", quota: "asr.quota", config: "asr.config", bad_audio: "asr.bad_audio" },
  skipped: {},
});

/** Every adapter that is a service's, in each flavour of the service. */
export const SUBJECTS: readonly Subject[] = [
  funasrSubject("cpp_2pass", "2pass"),
  funasrSubject("cpp_2pass", "online"),
  funasrSubject("cpp_offline", "offline"),
  funasrSubject("python", "2pass"),
  funasrSubject("python", "online"),
  funasrSubject("python", "offline"),
  {
    name: "vosk",
    dialect: vosk,
    adapter: (url, trust) => new VoskAdapter({ ...voskConfig.parse({ url }), trust }),
    refusals: {},
    skipped: NO_ACCOUNTS,
  },
  doubaoSubject("pcm gzip", {
    manner: { gzip: true, lastSign: -1, list: false, cumulative: false },
    keys: "new",
    encoding: "pcm",
    gzip: true,
  }),
  doubaoSubject("opus plain", {
    manner: { gzip: false, lastSign: 1, list: true, cumulative: true },
    keys: "old",
    encoding: "opus",
    gzip: false,
  }),
  nlsSubject("transcriber", "pcm"),
  nlsSubject("transcriber", "opus"),
  nlsSubject("recognizer", "pcm"),
  sherpaSubject("cpp_streaming"),
  sherpaSubject("python_streaming"),
  sherpaSubject("cpp_offline"),
  sherpaSubject("python_offline"),
];
