import type { Clock, Scope } from "../lifecycle/mod.ts";
import { readPeerTrust } from "../net/mod.ts";
import { readKey, readSecret, type SecretSource } from "../secrets/mod.ts";
import { Automation, deviceOf, isConfigured, type KnownDevice } from "./automation.ts";
import type { AutomationConfig, MqttConfig, WebhookConfig } from "./config.ts";
import { loadMqtt, type MqttConnectionOptions } from "./mqtt_connection.ts";
import { MqttSink } from "./mqtt_sink.ts";
import { Webhook } from "./webhook.ts";

/** How long closing may take: what waits is sent, and the broker is told, in ms. */
const CLOSE_MS = 2_500;

/** Options of {@linkcode openAutomation}. */
export interface OpenAutomationOptions {
  /** Owns it: the process's scope, since what is said last is sent after the sessions have closed. */
  readonly scope: Scope;
  readonly clock: Clock;
  /** The `devices` section of the config. */
  readonly devices: Readonly<Record<string, KnownDevice>>;
  /** Of those the ones whose agent has opted in: Home Assistant is told of them at once. */
  readonly announced: readonly string[];
}

/**
 * Opens what the config names; `undefined` where that is nothing. A receiver that is down is no error.
 *
 * @throws {EarshotError} `config.secret`, `config.invalid`
 */
export async function openAutomation(
  config: AutomationConfig,
  { scope, clock, devices, announced }: OpenAutomationOptions,
): Promise<Automation | undefined> {
  if (!isConfigured(config)) return undefined;
  const { webhook, mqtt } = config;
  const hook = webhook && { sink: await openWebhook(webhook, { clock }), events: webhook.events };
  const broker = mqtt && await readBroker(mqtt, { clock });
  const automation = new Automation({
    webhook: hook,
    mqtt: mqtt && broker && new MqttSink({
      ...broker,
      topic: mqtt.topic,
      discovery: mqtt.discovery,
      devices: announced.map((id) => deviceOf(id, devices)),
    }),
    devices,
    clock,
    wallMs: Date.now,
  });
  scope.own("automation", () => automation.close(), { deadlineMs: CLOSE_MS });
  return automation;
}

/** Reads what a webhook needs; whoever gets it closes it. */
export async function openWebhook(
  { url, secret, headers, tls }: WebhookConfig,
  { clock }: { readonly clock: Clock },
): Promise<Webhook> {
  const read: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) read[name] = await headerOf(name, value);
  return new Webhook({
    url,
    secret: await readSecret("automation.webhook.secret", secret),
    headers: read,
    trust: await readPeerTrust("automation.webhook", tls),
    clock,
    wallMs: Date.now,
  });
}

/** Reads what a connection to a broker needs, and loads what carries it. */
export async function readBroker(
  { url, username, password, tls }: MqttConfig,
  { clock }: { readonly clock: Clock },
): Promise<MqttConnectionOptions> {
  const broker = {
    url,
    username,
    password: password && await readSecret("automation.mqtt.password", password),
    trust: await readPeerTrust("automation.mqtt", tls),
    clock,
  };
  await loadMqtt();
  return broker;
}

async function headerOf(name: string, value: string | SecretSource): Promise<string> {
  return typeof value === "string" ? value : await readKey(`automation.webhook.headers.${name}`, value);
}
