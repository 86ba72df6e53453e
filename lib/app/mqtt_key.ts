import { readKey } from "../secrets/mod.ts";
import type { ServerConfig } from "../server/mod.ts";

/** The key of the MQTT gateway in front, where the config names one. Rejects with `config.secret`. */
export async function readMqttKey({ mqtt }: Pick<ServerConfig, "mqtt">): Promise<string | undefined> {
  return mqtt && await readKey("server.mqtt.key", mqtt.key);
}
