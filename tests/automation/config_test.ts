import { assertEquals } from "@std/assert";
import { automationConfig } from "../../lib/automation/mod.ts";
import { automationFaults, automationWarnings } from "../../lib/app/automation.ts";
import { configSchema, dataSentence, whereDataGoes } from "../../lib/app/mod.ts";
import { configOf } from "../support/config_of.ts";
import { test } from "../support/test.ts";

const HOOK = { url: "http://192.168.1.30:5000/earshot", secret: { env: "HOOK_SECRET" } };
const BROKER = { url: "mqtt://broker.lan" };

/** What is wrong with a section, by its keys. */
function faultsOf(section: unknown): readonly (readonly [key: string, message: string])[] {
  return (automationConfig.safeParse(section).error?.issues ?? [])
    .map(({ path, message }) => [path.join("."), message]);
}

test("automationConfig: what is left out has a default", () => {
  const { webhook, mqtt } = automationConfig.parse({ webhook: HOOK, mqtt: BROKER });
  assertEquals([webhook?.events, webhook?.headers], [["words", "answer"], {}]);
  assertEquals([mqtt?.topic, mqtt?.discovery], ["earshot", "homeassistant"]);
  assertEquals(automationConfig.parse({}), {});
});

test("automationConfig: a fault names its key and what would be right", () => {
  const keysOf = (section: unknown) => faultsOf(section).map(([key]) => key);
  const hook = (more: unknown) => keysOf({ webhook: { ...HOOK, ...Object(more) } });
  const mqtt = (more: unknown) => keysOf({ mqtt: { ...BROKER, ...Object(more) } });
  assertEquals(keysOf({ webhook: { url: HOOK.url } }), ["webhook.secret"]);
  assertEquals(hook({ secret: "s3cret" }), ["webhook.secret"]);
  assertEquals(hook({ url: "mqtt://host" }), ["webhook.url"]);
  assertEquals(hook({ url: "http://me:mine@host/" }), ["webhook.url"]);
  assertEquals(hook({ events: ["words", "thoughts"] }), ["webhook.events.1"]);
  assertEquals(hook({ events: [] }), ["webhook.events"]);
  assertEquals(hook({ headers: { "X-Earshot-Signature": "forged" } }), [
    "webhook.headers.X-Earshot-Signature",
  ]);
  assertEquals(hook({ headers: { Authorization: "two\nlines" } }), ["webhook.headers.Authorization"]);
  assertEquals(hook({ headers: { Authorization: { env: "TOKEN" } } }), []);
  assertEquals(mqtt({ url: "http://host" }), ["mqtt.url"]);
  assertEquals(mqtt({ url: "mqtt://host/topic" }), ["mqtt.url"]);
  assertEquals(mqtt({ url: "mqtt://me:mine@host" }), ["mqtt.url"]);
  assertEquals(mqtt({ password: { env: "P" } }), ["mqtt.username"]);
  assertEquals(mqtt({ topic: "earshot/#" }), ["mqtt.topic"]);
  assertEquals(mqtt({ topic: "home/earshot", discovery: false }), []);
  assertEquals(mqtt({ discovery: true }), ["mqtt.discovery"]);
});

test("automationConfig: a url that is refused shows what would be right", () => {
  assertEquals(faultsOf({ mqtt: { url: "broker.lan:1883" } }), [[
    "mqtt.url",
    "it has no scheme: give a mqtt:// or mqtts:// URL, such as mqtt://broker.lan:1883",
  ]]);
});

test("automationFaults: an agent whose words have nowhere to go is told where it stands", () => {
  const { error } = configSchema.safeParse({ agents: { kids: { automation: true } } });
  assertEquals(error?.issues.map(({ path, message }) => [path.join("."), message]), [[
    "agents.kids.automation",
    "there is nowhere to send its words to: give automation.webhook or automation.mqtt",
  ]]);
  const config = configOf({ agents: { kids: { automation: true } }, automation: { mqtt: BROKER } });
  assertEquals(automationFaults(config), []);
});

test("automationWarnings: what is configured and used by no agent", () => {
  assertEquals(automationWarnings(configOf({ automation: { mqtt: BROKER } })).length, 1);
  assertEquals(automationWarnings(configOf({})), []);
  assertEquals(
    automationWarnings(
      configOf({ agents: { default: { automation: true } }, automation: { mqtt: BROKER } }),
    ),
    [],
  );
});

test("agents: the default agent's choice is that of the others, unless they say so", () => {
  const config = configSchema.parse({
    agents: { default: { automation: true }, kids: { automation: false }, guests: {} },
    automation: { webhook: HOOK, mqtt: BROKER },
  });
  assertEquals(whereDataGoes(config).map(({ agent, automation }) => [agent, automation]), [
    ["default", ["192.168.1.30", "broker.lan"]],
    ["kids", []],
    ["guests", ["192.168.1.30", "broker.lan"]],
  ]);
});

test("dataSentence: it is told where words go, also where that is this machine", () => {
  const sentences = (agent: unknown, url: string) =>
    whereDataGoes(configSchema.parse({
      agents: { default: { automation: true, ...Object(agent) } },
      automation: { mqtt: { url } },
    })).map(dataSentence);
  assertEquals(sentences({}, "mqtt://localhost:1883"), [
    "default: sound stays on this machine; words stay on this machine; answers are spoken on this machine; " +
    "home automation at localhost gets words and answers; conversations are kept here",
  ]);
  assertEquals(sentences({ llm: "none" }, "mqtts://broker.lan"), [
    "default: sound stays on this machine; nothing is answered; home automation at broker.lan gets words; " +
    "conversations are kept here",
  ]);
});
