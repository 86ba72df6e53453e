import { type AsrAdapter, isEmbedded } from "../asr/mod.ts";
import type { Engine, ShownEngineStats } from "../engine/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import type { Clock, Scope } from "../lifecycle/mod.ts";
import type { Memory } from "../memory/mod.ts";
import type { AuthParts, ServerEvent, TlsCertificate, Transport } from "../server/mod.ts";
import type { VoiceprintAdapter } from "../voiceprint/mod.ts";
import type { Config } from "./config.ts";

/** An engine that can be loaded ahead of the first word and asked how it is. */
export interface GatewayEngine extends Engine {
  /** Loads the models. */
  warm(): Promise<void>;
  /** How it is. */
  readonly stats: ShownEngineStats;
}

/** Options of a {@linkcode Gateway}. */
export interface GatewayOptions {
  /** The checked config. */
  readonly config: Config;
  /** The process's scope; the gateway is a child of it. */
  readonly scope: Scope;
  /** The embedded models; owned by the caller's scope. */
  readonly engine: GatewayEngine;
  /** Who recognizes, as `asr.provider` says: {@linkcode openService}; the gateway closes it. Default: the engine. */
  readonly service?: AsrAdapter | undefined;
  /** Who knows voices, as `voiceprint.url` says: {@linkcode openVoiceprint}; the gateway closes it. */
  readonly voiceprint?: VoiceprintAdapter | undefined;
  /** Keeps what was said; owned by the caller's scope. */
  readonly memory?: Pick<Memory, "record" | "status" | "stats"> | undefined;
  /** Who is let in, as `auth` says: {@linkcode openAuth}. */
  readonly auth?: AuthParts | undefined;
  /** The key of the MQTT gateway in front, as `server.mqtt` says: {@linkcode readMqttKey}. */
  readonly mqttKey?: string | undefined;
  /** What it proves itself with, as `server.tls` says: {@linkcode readTls}. */
  readonly tls?: TlsCertificate | undefined;
  /** What carries connections, as `server.transport` says: {@linkcode loadTransport}. Default: `deno`. */
  readonly transport?: Transport;
  /** The time source. */
  readonly clock?: Clock;
  /** How many descriptors the process may have; the system is asked unless told. */
  readonly descriptorLimit?: number;
  /** Told everything that happens on the network side, besides the log. */
  readonly onEvent?: (event: ServerEvent) => void;
}

/**
 * Holds the parts against the config that asks for them.
 *
 * @throws {EarshotError} `internal` where the caller has opened others
 */
export function requireParts({ config, service, transport, tls, voiceprint, mqttKey }: GatewayOptions): void {
  const carrier = transport?.name ?? "deno";
  if (carrier !== config.server.transport) {
    throw mismatch(`given ${carrier} where the config says ${config.server.transport}`);
  }
  if ((tls === undefined) !== (config.server.tls === undefined)) {
    throw mismatch("the certificate is not the one of the config");
  }
  if ((mqttKey === undefined) !== (config.server.mqtt === undefined)) {
    throw mismatch("the key of the MQTT gateway is not the one of the config");
  }
  if ((voiceprint === undefined) !== (config.voiceprint.url === undefined)) {
    throw mismatch("the voiceprint service is not the one of the config");
  }
  if (service === undefined && !isEmbedded(config.asr)) {
    throw mismatch(`there is no ${config.asr.provider} to recognize with`);
  }
}

function mismatch(state: string): EarshotError {
  return new EarshotError("internal", `Cannot listen: ${state}`);
}
