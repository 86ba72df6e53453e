import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { readSetup } from "../../lib/app/mod.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { readSecret } from "../../lib/secrets/mod.ts";
import { faultsOf, loadText, tell } from "../support/config_faults.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

test("config: a key that stands too far out or in is told where it belongs", () =>
  tell([
    ["server:\nport: 8000\n", /:2:1: port: unknown key; it belongs below "server", so indent it further$/],
    ["asr:\n  vosk:\n  url: ws://a:1\n", /:3:8: asr.url: it belongs below "vosk", so indent it further$/],
    ["publicUrl: ws://a:1/\n", /:1:1: publicUrl: unknown key here; "publicUrl" belongs below "server"$/],
    ["time_zone: PRC\n", /"timeZone" belongs below "server"$/],
    ["server.port: 8000\n", /:1:1: server.port: unknown key here; "port" belongs below "server"$/],
    ["server:\n  port: 1\n  asr: { vosk: {} }\n", /:3:3: server.asr: .*"asr" belongs to no other block/],
    ["asr:\n  vosk: { url: ws://a:1, port: 2700 }\n", /asr.vosk.port: unknown key; the keys here are/],
    ["server:\n  - port: 8000\n  - otaPort: 8003\n", /:2:3: server: is a list: take the dashes away;/],
    ["asr: { dashscope: { apiKey: { env: A, file: b } } }\n", /keep one of env, file$/],
  ]));

test("config: what means something else in YAML, or to a shell, is told", async () => {
  await tell([
    ["server:\n  hostname: ::\n", /^box.yaml:2:13: .*put a value with a colon in quotes/],
    ["server:\n  hostname: [::1]\n", /:2:13: server.hostname: is a list: put it in quotes/],
    ["server:\n  port: 8000\n   otaPort: 8003\n", /the next line is indented further/],
    ["server:\n  hostname: *\n", /^box.yaml:2:13: a \* at the beginning.*in quotes$/],
    ["server:\n  allowedOrigins: [*.example]\n", /^box.yaml:2:20: a \* at the beginning.*in quotes$/],
    ["server:\n  allowedOrigins: [null]\n", /:2:20: .*put the word in quotes/],
    ["server:\n  hostname: @box\n", /^box.yaml:2:13: a sign at the beginning .*in quotes$/],
    ["models:\n  dir: ~/models\n", /^box.yaml:2:8: ~ is a shell's word .*write the whole path$/],
    [
      "asr: { vosk: { tls: { caFile: '${HOME}/ca.pem' } } }\n",
      /^box.yaml:1:31: \$\{HOME\} is a shell's word/,
    ],
    ["models:\n  hosts: []\n", /it must be a list that is not empty/],
    ["server:\n  trustedProxies:\n    -127.0.0.1\n", /no space after its dash; YAML wants `- `/],
    ['server:\n  port: "8000 "\n', /:2:9: .*: write 8000;/],
    ["server:\n  port: 8,000\n", /: write 8000;/],
    ["server:\n  port: 8000# mine\n", /: write 8000;/],
    ['memory:\n  enabled: "true"\n', /: write it without quotes;/],
    ["log:\n  level: warn\n", /did you mean "warning"\?/],
    [
      "asr:\n  sherpa: { kind: whisper, model: sense-voice }\n",
      /is "whisper"; sense-voice is/,
    ],
  ]);
  const utf16 = Uint8Array.from(Array.from("server:\r\n", (letter) => [letter.charCodeAt(0), 0]).flat());
  await withTempDir(async (dir) => {
    for (const bytes of [utf16, new Uint8Array([0xff, 0xfe, ...utf16])]) {
      await Deno.writeFile(`${dir}/box.yaml`, bytes);
      const error = await assertRejects(
        () => readSetup({ config: `${dir}/box.yaml`, overrides: {} }),
        EarshotError,
      );
      assertMatch(error.message, /UTF-16.*save it as UTF-8/);
    }
  });
});

test("config: what would be taken, and would never do what was meant, is refused", async () => {
  await tell([
    ["server:\n  timeZone: CST\n", /:2:13: server.timeZone: is "CST"; give a name such as Asia\/Shanghai/],
    ["server:\n  timeZone: ist\n", /give a name such as/],
    ["server:\n  publicUrl: ws://0.0.0.0:8000/\n", /give an address of this machine that devices reach/],
    ["server:\n  publicUrl: ws://[::]:8000/\n", /give an address of this machine/],
    ["server:\n  publicUrl: ws://box:8000/xiaozhi/ota/\n", /this is the one of OTA/],
    ["server:\n  allowedOrigins: [ws://voice.example]\n", /such as http:\/\/voice\.example,/],
    ["server:\n  allowedOrigins: ['https://*.example']\n", /such as https:\/\/voice\.example,/],
    ["server:\n  mqtt: { endpoint: 'nas:99999', key: { env: K } }\n", /give the gateway's host and port/],
    [
      "server:\n  mqtt: { endpoint: '999.1.1.1:1883', key: { env: K } }\n",
      /give the gateway's host and port/,
    ],
    ["agents:\n default:\n  language: cn\n", /write zh-CN$/],
    ["agents:\n default:\n  language: jp\n", /write ja$/],
    ["agents:\n default:\n  language: xx\n", /such as en or zh-CN$/],
    ["asr: { vosk: { url: 'ws://::1:2700' } }\n", /no brackets: .* such as ws:\/\/\[::1\]:2700$/],
    ["asr: { vosk: { url: 'ws://fd00::10' } }\n", /no brackets: .* such as ws:\/\/\[fd00::10\]/],
  ]);
  const { server } = await loadText(
    "server: { publicUrl: 'WSS://voice.example/ ', timeZone: 'PRC ', trustedProxies: [' ::1'], " +
      "allowedOrigins: ['https://a.example '], mqtt: { endpoint: ' nas:1883 ', key: { env: K } } }\n",
  );
  assertEquals(
    [server.publicUrl, server.timeZone, server.trustedProxies, server.allowedOrigins, server.mqtt?.endpoint],
    ["wss://voice.example/", "PRC", ["::1"], ["https://a.example"], "nas:1883"],
  );
});

test("config: a wide comma in a list is pointed at, since it parts nothing", async () => {
  await withTempDir(async (dir) => {
    await Deno.writeTextFile(
      `${dir}/box.yaml`,
      'session: { wakeWords: [你好小智，小爱同学, "你好，小智"] }\n',
    );
    const { warnings } = await readSetup({ config: `${dir}/box.yaml`, overrides: {} });
    assertEquals(warnings.length, 1);
    assertMatch(warnings[0] ?? "", /box\.yaml:1:24: the comma \(，\) is part of one text/);
  });
});

/** Keys of many vendors, none of them real. */
const PASTED = [
  "sk-proj-canary0000",
  "a0123456789abcdef0123456789canary",
  "deadbeef0123456789abcdef01234567",
  "0a1b2c3d-1234-5678-9abc-def012345678",
  "eyJhbGciOi.eyJzdWIiOi.SflKxwRJSM",
  "LTAI5tAbCdEfGhIjKlMnOpQr",
  "AIzaSyA-1234567890abcdefGHIJ_klmn",
  "Zx9-abcDEFghi_JKL0mnoPQR",
];

test("config: the keys of any vendor, pasted where an address or a name is wanted, are not shown", async () => {
  for (const key of PASTED) {
    for (
      const block of [
        `asr: { vosk: { url: ${key} } }\n`,
        `asr: { vosk: { url: "http://a:1/${key}/" } }\n`,
        `server: { publicUrl: ${key} }\n`,
        `server: { allowedOrigins: ["${key}/"] }\n`,
        `asr: { a: { type: ${key} } }\n`,
        `agents: { default: { language: ${key} } }\n`,
        `server: { port: ${key} }\n`,
        `models: { hosts: [${key}] }\n`,
        `${key}: 1\n`,
      ]
    ) {
      const message = await faultsOf(block);
      assert(!message.toLowerCase().includes(key.toLowerCase()), message);
    }
    for (const source of [{ env: key }, { file: key }]) {
      const error = await assertRejects(() => readSecret("asr.openai.apiKey", source), EarshotError);
      assertEquals(error.code, "config.secret");
      assert(!error.message.includes(key), error.message);
    }
  }
});
