import type { Clock, Scope } from "../lifecycle/mod.ts";
import { agentSettings } from "../agents/mod.ts";
import { loadTransport, readTls, timeZoneOf } from "../server/mod.ts";
import { openVoiceprint } from "../voiceprint/mod.ts";
import { openGatewayAuth } from "./auth.ts";
import { openConfiguredAutomation } from "./automation.ts";
import { speechDir } from "./data_dir.ts";
import { Engines } from "./engines.ts";
import { Gateway } from "./gateway.ts";
import { serviceNeeds } from "./needs.ts";
import { openMemory } from "./memory.ts";
import { readMqttKey } from "./mqtt_key.ts";
import { readPrompts } from "./prompts.ts";
import { openRecognizers } from "./recognizers.ts";
import { openLlms, openVoices } from "./speaking.ts";
import type { Setup } from "./setup.ts";

/** Options of {@linkcode openGateway}. */
export interface OpenGatewayOptions {
  /** Owns everything that is opened. */
  readonly scope: Scope;
  readonly clock: Clock;
  /** Gives up the opening. */
  readonly signal: AbortSignal;
  /** Runs once everything is read that comes from the environment, the secrets too. */
  readonly afterReading?: () => Promise<void>;
}

/**
 * Opens everything that the config names and the gateway over it, which listens from then on.
 *
 * @throws {EarshotError} `config.secret`, `config.invalid`, `model.*`, `auth.*`, `server.*`
 */
export async function openGateway(
  { config, data, store }: Pick<Setup, "config" | "data" | "store">,
  { scope, clock, signal, afterReading }: OpenGatewayOptions,
): Promise<{ readonly gateway: Gateway; readonly operatorToken: string | undefined }> {
  const { recognizers: used, detection, voiceModels, ...needs } = serviceNeeds(config);
  const agents = agentSettings(config);
  const memory = await openMemory({ config, data, scope, clock });
  const auth = await openGatewayAuth({ config, data, scope, clock });
  const tls = config.server.tls && await readTls(config.server.tls);
  const engines = await Engines.open({ config, store, scope, clock, detection, voiceModels });
  const recognizers = await openRecognizers(used, { store, engines, scope, clock, signal });
  const voices = await openVoices(needs.voices, { store, engines, scope, clock, signal });
  const timeZone = timeZoneOf({
    configured: config.server.timeZone,
    language: agents[0]?.languages[0] ?? "en",
  });
  const llms = await openLlms(needs.llms, { timeZone, scope, clock });
  const prompts = await readPrompts(agents);
  const transport = await loadTransport(config.server.transport);
  const voiceprint = await openVoiceprint(config.voiceprint);
  const mqttKey = await readMqttKey(config.server);
  const automation = await openConfiguredAutomation(config, { scope, clock });
  await afterReading?.();
  const parts = {
    engines,
    recognizers,
    llms,
    voices,
    prompts,
    timeZone,
    voiceprint,
    memory,
    automation,
    speechDir: speechDir(data),
    auth,
    tls,
    transport,
    mqttKey,
  };
  return { gateway: new Gateway({ config, scope, clock, ...parts }), operatorToken: auth.operatorToken };
}
