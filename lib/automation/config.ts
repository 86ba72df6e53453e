import { z } from "zod";
import { httpUrl, mqttUrl, peerTlsConfig } from "../net/mod.ts";
import { secretSource } from "../secrets/mod.ts";
import { EVENT_TYPES } from "./event.ts";

/** What each request bears anyway. */
const OWN_HEADERS = /^(x-earshot-.*|content-type|content-length|host|connection|transfer-encoding)$/i;

const headerName = z.string().max(128).regex(/^[!#$%&'*+.^_`|~\w-]+$/, "is no name of a header")
  .refine((name) => !OWN_HEADERS.test(name), "is set by Earshot itself");

const headerValue = z.string().max(4_096).regex(/^[\x20-\x7e]*$/, "must be one line of ASCII");

/** One or more levels of a topic, without wildcards. */
const topicPrefix = z.string().max(128).regex(
  /^[\p{L}\p{N}_-]+(\/[\p{L}\p{N}_-]+)*$/u,
  "must be letters, digits, - and _, with / between levels",
);

const webhookConfig = z.strictObject({
  url: httpUrl.describe("where each event is sent to by POST, such as http://192.168.1.30:5000/earshot"),
  secret: secretSource.describe("where the secret is that signs each request"),
  events: z.array(z.enum(EVENT_TYPES)).min(1).default([...EVENT_TYPES])
    .describe("which events are sent: words (each final result), answer, or both"),
  headers: z.record(headerName, z.union([headerValue, secretSource])).default({})
    .describe("headers that are sent besides; a secret one is { env: NAME } or { file: PATH }"),
  tls: peerTlsConfig.prefault({}).describe("how the certificate of an https url is checked"),
}).superRefine(({ url }, { addIssue }) => noCredentials(url, "webhook.headers", addIssue));

const mqttConfig = z.strictObject({
  url: mqttUrl.describe("the broker, such as mqtt://192.168.1.30:1883 or mqtts://broker.lan:8883"),
  username: z.string().min(1).max(1_024).optional().describe("the user at the broker"),
  password: secretSource.optional().describe("where the user's password is"),
  topic: topicPrefix.default("earshot")
    .describe("what topics begin with; of several gateways at one broker each needs its own"),
  discovery: z.union([topicPrefix, z.literal(false)]).default("homeassistant")
    .describe("what the topics of Home Assistant's discovery begin with; false tells it nothing"),
  tls: peerTlsConfig.prefault({}).describe("how the certificate of an mqtts broker is checked"),
}).superRefine(({ url, username, password }, { addIssue }) => {
  noCredentials(url, "mqtt.username and mqtt.password", addIssue);
  if (!/^\/?$/.test(new URL(url).pathname) || new URL(url).search !== "") {
    addIssue({ code: "custom", path: ["url"], message: "it must end with the host or its port" });
  }
  if (password !== undefined && username === undefined) {
    addIssue({
      code: "custom",
      path: ["username"],
      message: "mqtt.password needs a user: give mqtt.username",
    });
  }
});

function noCredentials(url: string, where: string, addIssue: z.RefinementCtx["addIssue"]): void {
  const { username, password } = new URL(url);
  if (username === "" && password === "") return;
  addIssue({
    code: "custom",
    path: ["url"],
    message: `it must not have a user or a password in it; they belong into ${where}`,
  });
}

/** The `automation` section of the config: where the words of agents with `automation: true` are sent to. */
export const automationConfig = z.strictObject({
  webhook: webhookConfig.optional().describe("an HTTP address that gets each event, signed"),
  mqtt: mqttConfig.optional().describe("an MQTT broker that gets each event"),
});

/** The checked section. */
export type AutomationConfig = z.output<typeof automationConfig>;

/** The checked `automation.webhook` block. */
export type WebhookConfig = z.output<typeof webhookConfig>;

/** The checked `automation.mqtt` block. */
export type MqttConfig = z.output<typeof mqttConfig>;
