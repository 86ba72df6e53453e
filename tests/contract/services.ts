import { aliyunNls } from "../support/emulators/aliyun_nls.ts";
import { dashscope } from "../support/emulators/dashscope.ts";
import { doubao } from "../support/emulators/doubao.ts";
import { doubaoV2 } from "../support/emulators/doubao_v2.ts";
import type { Dialect } from "../support/emulators/dialect.ts";
import { funasr } from "../support/emulators/funasr.ts";
import { openai } from "../support/emulators/openai.ts";
import { openaiRealtime } from "../support/emulators/openai_realtime.ts";
import { qwenRealtime } from "../support/emulators/qwen_realtime.ts";
import { sherpaServer } from "../support/emulators/sherpa_server.ts";
import type { TcpDialect } from "../support/emulators/tcp_emulator.ts";
import { tencent } from "../support/emulators/tencent.ts";
import { vosk } from "../support/emulators/vosk.ts";
import { wyoming } from "../support/emulators/wyoming.ts";
import { xunfei } from "../support/emulators/xunfei.ts";
import { DOUBAO_MANNERS } from "./subjects.ts";

/** A service as a user configures it. */
export interface Service {
  /** What stands in for it. */
  readonly dialect: Dialect | TcpDialect;
  /** Its block of the config; each secret is named by its environment variable. */
  block(origin: string): Readonly<Record<string, unknown>>;
  /** The secrets, by environment variable. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The language that is asked for. Default zh-CN. */
  readonly language?: string;
}

const secret = { env: "SERVICE_SECRET" } as const;

/** An on-prem server without accounts. */
const server = (dialect: Dialect, more: Readonly<Record<string, unknown>> = {}): Service => ({
  dialect,
  block: (url) => ({ url, ...more }),
  secrets: {},
});

/** Every service, by its name in the config. */
export const SERVICES: Readonly<Record<string, Service>> = {
  funasr: server(funasr("cpp_2pass")),
  vosk: server(vosk),
  sherpaServer: server(sherpaServer("cpp_streaming")),
  wyoming: {
    dialect: wyoming({ streams: true, data: "after", writes: "merged" }),
    block: (url) => ({ url }),
    secrets: {},
    language: "en",
  },
  aliyunNls: {
    dialect: aliyunNls(),
    block: (url) => ({ url, appKey: "nls-app", token: secret }),
    secrets: { SERVICE_SECRET: "nls-token" },
  },
  dashscope: {
    dialect: dashscope({}),
    block: (url) => ({ url, apiKey: secret }),
    secrets: { SERVICE_SECRET: "dashscope-key" },
  },
  doubao: {
    dialect: doubao(DOUBAO_MANNERS.lean),
    block: (origin) => ({ url: `${origin}/api/v3/sauc/bigmodel_async`, apiKey: secret }),
    secrets: { SERVICE_SECRET: "doubao-key" },
  },
  doubaoV2: {
    dialect: doubaoV2({ gzip: true, refusesIn: "reply" }),
    block: (url) => ({ url, appId: "v2-app", cluster: "v2-cluster", accessToken: secret }),
    secrets: { SERVICE_SECRET: "v2-token" },
  },
  tencent: {
    dialect: tencent,
    block: (origin) => ({
      url: `${origin}/asr/v2/`,
      appId: "1250",
      secretId: "secret-id",
      secretKey: secret,
    }),
    secrets: { SERVICE_SECRET: "secret-key" },
  },
  xunfei: {
    dialect: xunfei("v2"),
    block: (origin) => ({
      url: `${origin}/v2`,
      appId: "app",
      apiKey: secret,
      apiSecret: { env: "SECOND_SECRET" },
    }),
    secrets: { SERVICE_SECRET: "xunfei-key", SECOND_SECRET: "xunfei-secret" },
  },
  openai: {
    dialect: openai({}),
    block: (origin) => ({ url: `${origin.replace(/^ws/, "http")}/v1`, apiKey: secret }),
    secrets: { SERVICE_SECRET: "openai-key" },
  },
  openaiRealtime: {
    dialect: openaiRealtime({}),
    block: (origin) => ({ url: `${origin}/v1/realtime?intent=transcription`, apiKey: secret }),
    secrets: { SERVICE_SECRET: "openai-key" },
  },
  qwenRealtime: {
    dialect: qwenRealtime,
    block: (origin) => ({ url: `${origin}/api-ws/v1/realtime`, apiKey: secret }),
    secrets: { SERVICE_SECRET: "qwen-key" },
  },
};
