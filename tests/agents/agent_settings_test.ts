import { assertEquals, assertMatch } from "@std/assert";
import { agentSettings } from "../../lib/agents/mod.ts";
import { faultsOf, loadText, tell } from "../support/config_faults.ts";
import { test } from "../support/test.ts";

const chains = async (yaml: string) =>
  Object.fromEntries(
    agentSettings(await loadText(yaml)).map(({ name, asr, languages }) => [name, [...asr, ...languages]]),
  );

const LAN = "lan: { type: funasr, url: 'wss://192.168.1.20:10096' }";
const CLOUD = "cloud: { type: vosk }";

test("agentSettings: the default agent takes the one recognizer there is, and the built-in one where there is none", async () => {
  assertEquals(await chains(""), { default: ["moonshine", "en"] });
  assertEquals(await chains(`asr: { ${LAN} }`), { default: ["lan", "en"] });
});

test("agentSettings: what an agent leaves out is the default agent's", async () => {
  const yaml =
    `asr: { ${LAN}, ${CLOUD} }\nagents:\n  default: { asr: [lan, cloud], language: zh-CN, script: none }\n` +
    "  kids: { asr: cloud }\n  guests: { language: en, script: auto }\n";
  assertEquals(await chains(yaml), {
    default: ["lan", "cloud", "zh-CN"],
    kids: ["cloud", "zh-CN"],
    guests: ["lan", "cloud", "en"],
  });
  const [base, kids] = agentSettings(await loadText(yaml));
  assertEquals([base?.script, kids?.script], ["none", "none"]);
});

test("agentFaults: two recognizers and no choice is an error that names both", async () => {
  assertMatch(
    await faultsOf(`asr: { ${LAN}, ${CLOUD} }\n`),
    /agents\.default\.asr: missing; say which recognizer is used, since there are several: lan or cloud, or a list/,
  );
});

test("agentFaults: a member of a chain that lacks the language, and names that are not there, are refused", () =>
  tell([
    [
      `asr: { ${LAN} }\nagents: { default: { asr: [lan, moonshine], language: zh-CN } }\n`,
      /:2:\d+: agents\.default\.asr\[1\]: .*moonshine cannot hear zh-CN, it hears en/,
    ],
    [
      "agents: { default: { language: de } }\n",
      /agents\.default\.language: .*moonshine cannot hear de, it hears en/,
    ],
    [
      "asr: { own: { type: sherpa, model: sense-voice } }\nagents: { default: { language: fr } }\n",
      /own cannot hear fr, it hears zh, yue, en, ja, ko/,
    ],
    [
      `asr: { ${LAN} }\nagents: { kids: { asr: lann } }\n`,
      /agents\.kids\.asr: .*there is no recognizer lann in asr; give moonshine or lan$/,
    ],
    [
      'devices: { "AA-BB-CC-00-00-01": { agent: kidz } }\nagents: { kids: {} }\n',
      /there is no agent kidz in agents; give default or kids$/,
    ],
    ["devices: { 'no id': { name: x } }\n", /the key is no device's id; write it as/],
  ]));

test("devices: an id counts in any notation", async () => {
  const { devices } = await loadText("devices: { AA-BB-CC-00-00-01: { name: Kitchen } }\n");
  assertEquals(devices, { "aa:bb:cc:00:00:01": { name: "Kitchen" } });
});

test("agentFaults: a member of a chain is told by its place, and none is there twice", () =>
  tell([
    [
      `asr: { ${LAN}, ${CLOUD} }\nagents: { default: { asr: [cloud, lna] } }\n`,
      /:2:35: agents\.default\.asr\[1\]: is "lna"; there is no recognizer lna in asr; give /,
    ],
    [
      `asr: { ${LAN}, ${CLOUD} }\nagents: { default: { asr: [lan, cloud, lan] } }\n`,
      /agents\.default\.asr\[2\]: is "lan"; lan is in the chain twice; keep one$/,
    ],
    ["agents: { Default: { language: en } }\n", /agents\.Default: .*is written default$/],
  ]));

test("config: names of services and agents, and labels of devices, are told what they must be", () =>
  tell([
    [
      "asr: { my lan: { type: vosk } }\n",
      /asr\.my lan: the key must be letters, digits, - and _, at most 64$/,
    ],
    ["agents: { my kids: {} }\n", /agents\.my kids: the key must be letters, digits, - and _, at most 64$/],
    [
      'devices: { kitchen: { name: "a\\nb" } }\n',
      /devices\.kitchen\.name: .*must be one line of plain text$/,
    ],
    [
      `devices: { kitchen: { name: ${"x".repeat(65)} } }\n`,
      /devices\.kitchen\.name: .*text that is not empty, at most 64 characters/,
    ],
  ]));

test("config: one device in two notations is refused, which would hide one of its blocks", () =>
  tell([[
    'devices:\n  "02:00:00:aa:bb:cc": { name: a }\n  02-00-00-AA-BB-CC: { room: b }\n',
    /:3:3: devices\.02-00-00-AA-BB-CC: the key is the same device as 02:00:00:aa:bb:cc; write it as 02:00:00:aa:bb:cc$/,
  ]]));

test("config: a service or an agent without keys is there, with what it takes from elsewhere", async () => {
  const yaml = "asr:\n  vosk:\nagents:\n  kids:\n    # asr: cloud\ndevices:\n  kitchen: { agent: kids }\n";
  assertEquals(await chains(yaml), { default: ["vosk", "en"], kids: ["vosk", "en"] });
  assertMatch(await faultsOf("asr:\n  lan:\n"), /asr\.lan\.type: missing; it must be "moonshine"/);
});

test("config: a list of services or agents is told how each gets a name", () =>
  tell([
    [
      "asr:\n  - { type: vosk }\n",
      /: asr: is a list: write each as NAME: \{ \.\.\. \}, without a dash; it must be a map/,
    ],
    ["agents:\n  - name: default\n", /: agents: is a list: write each as NAME: /],
    ["asr:\n  - lan: { type: vosk }\n", /: asr: is a list: take the dashes away; it must be a map/],
  ]));

test("config: a language at a recognizer is told where it belongs", () =>
  tell([
    [
      "asr: { vosk: { language: zh } }\n",
      /asr\.vosk\.language: unknown key here; "language" belongs below "agents\.NAME"$/,
    ],
    ["asr: { vosk: { hotwords: {} } }\n", /asr\.vosk\.hotwords: unknown key; the keys here are type, url, /],
  ]));
