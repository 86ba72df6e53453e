import type { Engine } from "../engine/mod.ts";
import { readPeerTrust } from "../net/mod.ts";
import { MoonshineAdapter } from "./adapters/moonshine.ts";
import type { AsrConfig } from "./config.ts";
import type { AsrAdapter } from "./contract.ts";
import { requireLanguage } from "./language.ts";

/**
 * The recogniser that the config names; its owner calls `close`. What it needs is loaded now, its secrets and
 * certificates are read, and nothing is connected to yet.
 *
 * @throws {EarshotError} `asr.language`, `config.secret` or `config.invalid`
 */
export async function openAdapter(
  config: AsrConfig,
  { engine }: { readonly engine: Engine },
): Promise<AsrAdapter> {
  const adapter = await adapterOf(config, engine);
  requireLanguage(adapter, config.language);
  return adapter;
}

async function adapterOf(config: AsrConfig, engine: Engine): Promise<AsrAdapter> {
  switch (config.provider) {
    case "moonshine":
      return new MoonshineAdapter(engine);
    case "funasr": {
      const { FunasrAdapter } = await import("./adapters/funasr.ts");
      return new FunasrAdapter({
        ...config.funasr,
        trust: await readPeerTrust("asr.funasr", config.funasr.tls),
      });
    }
    case "vosk": {
      const { VoskAdapter } = await import("./adapters/vosk.ts");
      return new VoskAdapter({ ...config.vosk, trust: await readPeerTrust("asr.vosk", config.vosk.tls) });
    }
    case "sherpaServer": {
      const { SherpaServerAdapter } = await import("./adapters/sherpa_server.ts");
      const { sherpaServer } = config;
      return new SherpaServerAdapter({
        ...sherpaServer,
        trust: await readPeerTrust("asr.sherpaServer", sherpaServer.tls),
      });
    }
  }
}
