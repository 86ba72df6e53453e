import type { Engine } from "../engine/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import { loadSockets, readPeerTrust } from "../net/mod.ts";
import { readKey, type SecretSource } from "../secrets/mod.ts";
import { AliyunNlsAdapter } from "./adapters/aliyun_nls.ts";
import { DashscopeAdapter } from "./adapters/dashscope.ts";
import { DoubaoAdapter } from "./adapters/doubao.ts";
import { DoubaoV2Adapter } from "./adapters/doubao_v2.ts";
import { FunasrAdapter } from "./adapters/funasr.ts";
import { MoonshineAdapter } from "./adapters/moonshine.ts";
import { OpenaiAdapter } from "./adapters/openai.ts";
import { OpenaiRealtimeAdapter } from "./adapters/openai_realtime.ts";
import { QwenRealtimeAdapter } from "./adapters/qwen_realtime.ts";
import { SherpaAdapter } from "./adapters/sherpa.ts";
import { SherpaServerAdapter } from "./adapters/sherpa_server.ts";
import { TencentAdapter } from "./adapters/tencent.ts";
import { VoskAdapter } from "./adapters/vosk.ts";
import { WyomingAdapter } from "./adapters/wyoming.ts";
import { XunfeiAdapter } from "./adapters/xunfei.ts";
import type { AsrConfig } from "./config.ts";
import type { AsrAdapter } from "./contract.ts";
import { requireLanguage } from "./language.ts";

/**
 * The recognizer outside of this process that the config names, `undefined` where it names an embedded one; its
 * owner calls `close`. What it needs is loaded now, its secrets and certificates are read, and nothing is connected
 * to yet.
 *
 * @throws {EarshotError} `asr.language`, `config.secret` or `config.invalid`
 */
export async function openService(config: AsrConfig): Promise<AsrAdapter | undefined> {
  const service = await serviceOf(config);
  if (service === undefined) return undefined;
  await loadSockets();
  requireLanguage(service, config.language);
  return service;
}

/**
 * The recognizer in the engine that the config names.
 *
 * @throws {EarshotError} `asr.language`
 */
export function openEmbedded(config: AsrConfig, engine: Engine): AsrAdapter {
  const adapter = config.provider === "sherpa"
    ? new SherpaAdapter(engine, required("sherpa", config.sherpa))
    : new MoonshineAdapter(engine);
  requireLanguage(adapter, config.language);
  return adapter;
}

/** Whether the recognizer that the config names runs in the engine. */
export function isEmbedded({ provider }: Pick<AsrConfig, "provider">): boolean {
  return provider === "moonshine" || provider === "sherpa";
}

async function serviceOf(config: AsrConfig): Promise<AsrAdapter | undefined> {
  switch (config.provider) {
    case "moonshine":
    case "sherpa":
      return undefined;
    case "funasr": {
      return new FunasrAdapter({
        ...config.funasr,
        trust: await readPeerTrust("asr.funasr", config.funasr.tls),
      });
    }
    case "aliyunNls": {
      const { accessKeySecret, token, tls, ...rest } = required("aliyunNls", config.aliyunNls);
      return new AliyunNlsAdapter({
        ...rest,
        ...await secrets("asr.aliyunNls", { accessKeySecret, token }),
        trust: await readPeerTrust("asr.aliyunNls", tls),
      });
    }
    case "dashscope": {
      const { apiKey, tls, ...rest } = required("dashscope", config.dashscope);
      return new DashscopeAdapter({
        ...rest,
        apiKey: await readKey("asr.dashscope.apiKey", apiKey),
        trust: await readPeerTrust("asr.dashscope", tls),
      });
    }
    case "qwenRealtime": {
      const { apiKey, tls, ...rest } = required("qwenRealtime", config.qwenRealtime);
      return new QwenRealtimeAdapter({
        ...rest,
        apiKey: await readKey("asr.qwenRealtime.apiKey", apiKey),
        trust: await readPeerTrust("asr.qwenRealtime", tls),
      });
    }
    case "openai": {
      const { apiKey, tls, ...rest } = required("openai", config.openai);
      return new OpenaiAdapter({
        ...rest,
        ...await secrets("asr.openai", { apiKey }),
        trust: await readPeerTrust("asr.openai", tls),
      });
    }
    case "openaiRealtime": {
      const { apiKey, tls, ...rest } = required("openaiRealtime", config.openaiRealtime);
      return new OpenaiRealtimeAdapter({
        ...rest,
        apiKey: await readKey("asr.openaiRealtime.apiKey", apiKey),
        trust: await readPeerTrust("asr.openaiRealtime", tls),
      });
    }
    case "doubao": {
      const { apiKey, accessToken, tls, ...rest } = required("doubao", config.doubao);
      return new DoubaoAdapter({
        ...rest,
        ...await secrets("asr.doubao", { apiKey, accessToken }),
        trust: await readPeerTrust("asr.doubao", tls),
      });
    }
    case "doubaoV2": {
      const { accessToken, tls, ...rest } = required("doubaoV2", config.doubaoV2);
      return new DoubaoV2Adapter({
        ...rest,
        accessToken: await readKey("asr.doubaoV2.accessToken", accessToken),
        trust: await readPeerTrust("asr.doubaoV2", tls),
      });
    }
    case "tencent": {
      const { secretKey, tls, ...rest } = required("tencent", config.tencent);
      return new TencentAdapter({
        ...rest,
        secretKey: await readKey("asr.tencent.secretKey", secretKey),
        trust: await readPeerTrust("asr.tencent", tls),
      });
    }
    case "xunfei": {
      const { apiKey, apiSecret, tls, ...rest } = required("xunfei", config.xunfei);
      return new XunfeiAdapter({
        ...rest,
        apiKey: await readKey("asr.xunfei.apiKey", apiKey),
        apiSecret: await readKey("asr.xunfei.apiSecret", apiSecret),
        trust: await readPeerTrust("asr.xunfei", tls),
      });
    }
    case "vosk": {
      return new VoskAdapter({ ...config.vosk, trust: await readPeerTrust("asr.vosk", config.vosk.tls) });
    }
    case "wyoming":
      return new WyomingAdapter(config.wyoming);
    case "sherpaServer": {
      const { sherpaServer } = config;
      return new SherpaServerAdapter({
        ...sherpaServer,
        trust: await readPeerTrust("asr.sherpaServer", sherpaServer.tls),
      });
    }
  }
}

function required<Block>(name: string, block: Block | undefined): Block {
  if (block !== undefined) return block;
  throw new EarshotError("config.invalid", `Cannot recognize with ${name}: the config has no asr.${name}`);
}

/** Reads those secrets of a block that the config names. */
async function secrets<Key extends string>(
  block: string,
  sources: Readonly<Record<Key, SecretSource | undefined>>,
): Promise<Partial<Record<Key, string>>> {
  const read: Partial<Record<Key, string>> = {};
  for (const key in sources) {
    const source = sources[key];
    if (source !== undefined) read[key] = await readKey(`${block}.${key}`, source);
  }
  return read;
}
