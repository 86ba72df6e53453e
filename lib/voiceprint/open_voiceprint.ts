import { readPeerTrust } from "../net/mod.ts";
import { readKey } from "../secrets/mod.ts";
import type { VoiceprintConfig } from "./config.ts";
import type { VoiceprintProvider } from "./contract.ts";
import { HttpVoiceprintProvider } from "./http_provider.ts";

/**
 * The service that the config names, or `undefined` when it names none; its owner calls `close`. Its key and
 * certificate are read now, and nothing is connected to yet.
 *
 * @throws {EarshotError} `config.secret` or `config.invalid`
 */
export async function openVoiceprint(
  { url, apiKey, tls }: VoiceprintConfig,
): Promise<VoiceprintProvider | undefined> {
  if (url === undefined || apiKey === undefined) return undefined;
  return new HttpVoiceprintProvider({
    url,
    apiKey: await readKey("voiceprint.apiKey", apiKey),
    trust: await readPeerTrust("voiceprint", tls),
  });
}
