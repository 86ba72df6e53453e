import { assert, assertEquals, assertMatch } from "@std/assert";
import { z } from "zod";
import { ASR_PROVIDERS } from "../../lib/asr/mod.ts";
import { faultsOf, loadText, tell } from "../support/config_faults.ts";
import { test } from "../support/test.ts";

test("config: what an input method wrote in place of YAML's own signs is told by its name, at its place", () =>
  tell([
    [
      "server:\n  port：8000\n",
      /^box.yaml:2:3: server: a full-width colon \(：\) after "port"; YAML wants .*`port: `/,
    ],
    ["server：\n  port: 8000\n", /^box.yaml:1:7: a full-width colon \(：\); YAML wants `: `/],
    ["server：\n", /^box.yaml:1:1: a full-width colon \(：\) after "server"/],
    ["server:\n  hostname: 0.0.0.0\n  port：8000\n", /^box.yaml:3:7: a full-width colon/],
    ["server:\n  port：8000\n  hostname: 0.0.0.0\n", /^box.yaml:2:7: a full-width colon/],
    ["server: {port：8000}\n", /^box.yaml:1:10: port: a full-width colon \(：\) after "port"/],
    ["server: {port:8000}\n", /^box.yaml:1:10: port: no space after its colon after "port"/],
    ["server:\n  port:8000\n", /^box.yaml:2:3: server: no space after its colon after "port"/],
    ["server:\n  port=8000\n", /^box.yaml:2:3: server: an equals sign after "port"/],
    ["log:\n- level：info\n", /^box.yaml:2:1: log: is a list; it must be a map of keys/],
    [
      "voiceprint:\n  speakers:\n    - id：u-1\n",
      /^box.yaml:3:7: voiceprint.speakers\[0\]: a full-width colon/,
    ],
    [
      "auth:\n  allowedDevices: ［aa:bb:cc:00:00:02］\n",
      /:2:19: auth.allowedDevices: is text, with full-width brackets/,
    ],
    [
      "server:\n  trustedProxies: [10.0.0.1，10.0.0.2]\n",
      /:2:20: server.trustedProxies\[0\]: .*a full-width comma \(，\)/,
    ],
    ["server: ｛port: 8000｝\n", /^box.yaml:1:9: full-width braces/],
    [
      "server:\n  port: ８０００\n",
      /:2:9: server.port: is "８０００", with full-width digits \(８\): write 8000;/,
    ],
    ["memory:\n  enabled: ｔｒｕｅ\n", /:2:12: .*full-width letters \(ｔ\): write true;/],
    ["vad:\n  endSilenceMs: 7００\n", /:2:17: .*full-width digits/],
    ["log:\n  level: info ＃ as ever\n", /:2:10: .*a full-width sign \(＃\)/],
    [
      "ｓｅｒｖｅｒ:\n  port: 1\n",
      /:1:1: .*unknown key, with full-width letters \(ｓ\); did you mean "server"\?/,
    ],
    [
      "agents:\n default:\n  language: zh–CN\n",
      /:3:13: agents.default.language: .*a dash that is no hyphen \(–\): write zh-CN/,
    ],
    ["server:\n  роrt: 8000\n", /:2:3: .*unknown key, with a Cyrillic letter .*; did you mean "port"\?/],
  ]));

test("config: quotes of a word processor are told, in whatever they stand", () =>
  tell([
    ["server:\n  hostname: “0.0.0.0”\n", /^box.yaml:2:13: curly quotes \(“\)/],
    ["server:\n  hostname: ‘0.0.0.0’\n", /^box.yaml:2:13: curly quotes \(‘\)/],
    ["asr:\n  openai: { model: “m” }\n", /^box.yaml:2:20: curly quotes/],
    ["auth:\n  allowedDevices: [ “aa:bb:cc:00:00:02” ]\n", /^box.yaml:2:21: curly quotes/],
    ["“server”:\n  port: 1\n", /^box.yaml:1:1: curly quotes/],
    ["server:\n  hostname: “0.0.0.0\n", /:2:13: server.hostname: .*curly quotes \(“\): write "?0.0.0.0/],
  ]));

test("config: spaces that are none, marks that nobody sees and tabs are told", () =>
  tell([
    [
      "server:\n  port:\u00a08000\n",
      /^box.yaml:2:3: server: a no-break space \(U\+00A0\)|no space after its colon/,
    ],
    ["server:\n\u00a0\u00a0port: 8000\n", /^box.yaml:2:1: a no-break space \(U\+00A0\)/],
    ["server:\n\u3000\u3000port: 8000\n", /^box.yaml:2:1: a full-width space \(U\+3000\)/],
    ["agents:\n default:\n  language: en\u00a0\n", /^box.yaml:3:13: a no-break space \(U\+00A0\)/],
    [
      "agents:\n default:\n  language: e\u200bn\n",
      /:3:13: agents.default.language: .*a zero-width space \(U\+200B\): write en/,
    ],
    ["log:\n  level: info\n\ufeffserver:\n  port: 1\n", /^box.yaml:3:1: a byte order mark \(U\+FEFF\)/],
    ["server:\n\tport: 8000\n", /^box.yaml:2:1: a tab as indentation/],
    [
      'server:\n  tls: { certFile: "C:\\certs\\a.pem", keyFile: b }\n',
      /^box.yaml:2:\d+: a backslash in double quotes/,
    ],
  ]));

test("config: characters that are meant stay: full-width signs and quotes in texts, names and words to listen for", async () => {
  const { asr, voiceprint } = await loadText(
    "\ufeffasr:\n  funasr: { hotwords: { 阿里，巴巴: 20, “你好”吗: 3 } }\n" +
      "voiceprint:\n  speakers: [{ id: u-1, name: 小明（大）, description: '“老大”' }]\n",
  );
  assertEquals(asr["funasr"]?.["hotwords"], { "阿里，巴巴": 20, "“你好”吗": 3 });
  assertEquals(voiceprint.speakers[0]?.description, "“老大”");
});

/**
 * The keys of every type of recognizer of which a schema expects `what`: each with what its parentheses match, and a
 * block with it.
 */
function recognizerKeys(
  what: RegExp,
): { readonly key: string; readonly matched: string; block(value: string): string }[] {
  return ASR_PROVIDERS.flatMap(({ type, shape }) => {
    const { properties = {} } = z.toJSONSchema(z.object(shape), { io: "input", unrepresentable: "any" });
    return Object.entries(properties).flatMap(([name, schema]) => {
      const [found, matched = ""] = what.exec(String(Object(schema).expected)) ?? [];
      const block = (value: string) => `asr:\n  ${type}: { ${name}: ${value} }\n`;
      return found === undefined ? [] : [{ key: `asr.${type}.${name}`, matched, block }];
    });
  });
}

/** Each key that is a URL: what it takes, and how its block is written around it. */
const URL_KEYS: readonly (readonly [key: string, schemes: string, block: (url: string) => string])[] = [
  ["server.publicUrl", "ws wss", (url) => `server:\n  publicUrl: ${url}\n`],
  ["voiceprint.url", "http https", (url) => `voiceprint:\n  url: ${url}\n`],
  [
    "models.custom.m.files.model.url",
    "http https",
    (url) => `models:\n  custom: { m: { files: { model: { url: "${url}" } } } }\n`,
  ],
  ...recognizerKeys(/^a URL that begins with (.*)/).map(({ key, matched, block }) =>
    [key, matched.replaceAll(/:\/\/( or)?/g, ""), (url: string) => block(`"${url}"`)] as const
  ),
];

test("config: every URL says which schemes it takes and how it is written, whatever is wrong with it", async () => {
  for (const [key, schemes, block] of URL_KEYS) {
    const taken = schemes.split(" ");
    const listed = taken.map((scheme) => `${scheme}://`).join(" or ");
    const told = async (url: string) => {
      const message = await faultsOf(block(url));
      const line = message.split("\n").find((line) => line.includes(`: ${key}: `)) ?? "";
      assertMatch(line, /^box\.yaml:2:\d+: /, `${key} ${url}: ${message}`);
      assert(line.includes(`give a ${listed} URL, such as `), line);
      return line;
    };
    for (const bare of ["192.168.1.20:1300", "localhost:1300", "nas.local:1300/path", "//nas:1300", "nas"]) {
      const line = await told(bare);
      assert(line.includes("it has no scheme"), line);
      assert(line.includes(`such as ${taken[0]}://${bare.replace("//", "")}`), line);
    }
    for (const other of ["http", "https", "ws", "wss", "tcp", "ftp"].filter((one) => !taken.includes(one))) {
      const line = await told(`${other}://192.168.1.20:1300/v1`);
      assert(line.includes(`it begins with ${other}://`), line);
      const counterpart = taken.length > 1 && other.endsWith("s") && other.length > 2 ? taken[1] : taken[0];
      if (other !== "ftp" && other !== "ws") {
        assert(line.includes(`such as ${counterpart}://192.168.1.20:1300/v1`), line);
      }
    }
    for (
      const url of [":/x:1", "://", "://:1", "://host:99999", "://http://host:1", "://a b:1", "://[::1:1"]
    ) {
      await told(`${taken[0]}${url}`);
    }
    const secret = await told("http+x://user:canary@host/v1?key=canary");
    assert(!secret.includes("canary"), secret);
  }
});

/** Each key that is a secret, as the block around it is written. */
const SECRET_KEYS: readonly (readonly [key: string, block: (value: string) => string])[] = [
  ["auth.keys", (value) => `auth:\n  keys: ${value}\n`],
  ["auth.adminToken", (value) => `auth:\n  adminToken: ${value}\n`],
  ["voiceprint.apiKey", (value) => `voiceprint:\n  apiKey: ${value}\n`],
  ...recognizerKeys(/^the place of the secret/).map(({ key, block }) => [key, block] as const),
];

test("config: a pasted key is told where it belongs, and never shown", async () => {
  for (const [key, block] of SECRET_KEYS) {
    for (
      const value of [
        "sk-canary0000",
        '"can:ary"',
        "“canary”",
        "{ env: sk-canary0000 }",
        "{ env: $canary }",
        "[canary]",
      ]
    ) {
      const message = await faultsOf(block(value));
      assertMatch(message, /^box\.yaml:2:\d+: /m);
      if (value !== "“canary”") assert(message.includes(`: ${key}`), message);
      if (!/env|“/.test(value)) assertMatch(message, /write \{ env: NAME \} or \{ file: PATH \}/);
      if (/env/.test(value)) assertMatch(message, /give the NAME of an environment variable/);
      assert(!message.includes("canary") && !message.includes("ary"), message);
    }
  }
  // Where a key does not belong at all, or its colon is none.
  for (
    const yaml of [
      "asr:\n  openai: sk-canary0000\n",
      "asr:\n  openai:\n    apiKey：sk-canary0000\n",
      "asr:\n  openai: {apiKey:sk-canary0000}\n",
      "auth:\n  adminToken:\n    env：canary\n",
      "sk-canary0000\n",
      "sk-canary0000:\n  a: b\n",
      "agents:\n default:\n  language: sk-canary0000\n",
    ]
  ) {
    const message = await faultsOf(yaml);
    assert(!message.includes("canary"), message);
  }
});

test("config: a language as a word is told as its tag, and a tag is taken in any spelling", async () => {
  await tell([
    [
      "agents:\n default:\n  language: english\n",
      /:3:13: agents.default.language: is "english"; .*write en$/,
    ],
    ["agents:\n default:\n  language: English\n", /write en$/],
    ["agents:\n default:\n  language: Chinese\n", /write zh-CN$/],
    ["agents:\n default:\n  language: 中文\n", /write zh-CN$/],
    ["agents:\n default:\n  language: 普通话\n", /write zh-CN$/],
    ["agents:\n default:\n  language: 英语\n", /write en$/],
    ["agents:\n default:\n  language: 粤语\n", /write yue$/],
    ["agents:\n default:\n  language: Deutsch\n", /write de$/],
    ["agents:\n default:\n  language: 日本語\n", /write ja$/],
    ["agents:\n default:\n  language: Korean\n", /write ko$/],
    ["agents:\n default:\n  language: zh_CN\n", /write zh-CN$/],
    ["agents:\n default:\n  language: en_US.UTF-8\n", /write en-US$/],
    ["agents:\n default:\n  language: auto\n", /such as en or zh-CN$/],
    ["agents:\n default:\n  language: no\u00adrwegian\n", /write norwegian/],
    ["asr:\n  wyoming: { language: Chinese }\n", /:2:24: asr.wyoming.language: .*such as en or zh$/],
    [
      "asr:\n  dashscope: { languageHints: [zh, 英文], apiKey: { env: A } }\n",
      /languageHints\[1\]: .*such as zh or en$/,
    ],
  ]);
  for (
    const [written, tag] of [["EN", "en"], ["zh-cn", "zh-CN"], ["ZH-hans-cn", "zh-Hans-CN"], ["yue", "yue"]]
  ) {
    assertEquals(
      (await loadText(`agents: { default: { language: ${written}, asr: vosk } }\nasr: { vosk: {} }`))
        .agents["default"]?.language,
      tag,
    );
  }
});

test("config: an address to listen on is one, without brackets, quotes, spaces, scheme and port", async () => {
  await tell([
    ['server:\n  hostname: "0.0. 0.0"\n', /:2:13: server.hostname: .*give an address such as 0\.0\.0\.0/],
    ["server:\n  hostname: http://0.0.0.0\n", /without a scheme/],
    ["server:\n  hostname: 0.0.0.0:8000\n", /server\.port: 8000/],
    ['server:\n  hostname: "[::1]:8000"\n', /server\.port: 8000/],
    ['server:\n  hostname: "*"\n', /give 0\.0\.0\.0/],
    ["server:\n  hostname: 256.0.0.1\n", /give an address/],
    ["server:\n  hostname: 192.168.1\n", /give an address/],
    ["server:\n  hostname: ''\n", /give an address/],
  ]);
  assertMatch(
    await faultsOf("", { "server.hostname": "a b" }),
    /^command line: server.hostname: is "a b"; give/,
  );
  for (
    const [written, read] of [
      ['"[::1]"', "::1"],
      ["'::'", "::"],
      ["localhost", "localhost"],
      ["my-box.local", "my-box.local"],
      ["fe80::1%eth0", "fe80::1%eth0"],
    ]
  ) {
    assertEquals((await loadText(`server: { hostname: ${written} }`)).server.hostname, read);
  }
});

test("config: the address of a device is one in any notation", async () => {
  const { auth } = await loadText(
    "auth:\n  allowedDevices: [AA-BB-CC-00-00-02, aabb.cc00.0002, AABBCC000002, aa:bb:cc:00:00:02, my-esp]\n",
  );
  assertEquals(new Set(auth.allowedDevices), new Set(["aa:bb:cc:00:00:02", "my-esp"]));
  assertMatch(
    await faultsOf("auth:\n  allowedDevices: [112233445566]\n"),
    /\[0\]: .*a number: put it in quotes/,
  );
});

test("config: other slips are told with what would be right", () =>
  tell([
    ["Server:\n  port: 1\n", /:1:1: Server: unknown key; did you mean "server"\?/],
    ["server:\n  PublicURL: ws://x\n", /:2:3: .*did you mean "publicUrl"\?/],
    ["server:\n  public_url: ws://x\n", /did you mean "publicUrl"\?/],
    ["limits: { server: { max-sessions: 3 } }\n", /did you mean "maxSessions"\?/],
    [
      "server:\n  maxSessions: 3\n",
      /server.maxSessions: unknown key here; "maxSessions" belongs below "limits.server"$/,
    ],
    ["asr:\n  lan:\n    type: FunASR\n", /:3:11: asr.lan.type: is "FunASR"; did you mean "funasr"\?/],
    ['server:\n  port: "8000"\n', /:2:9: .*: write it without quotes; it must be a whole number/],
    [
      "asr:\n  tencent: { appId: 1250000000, secretId: a, secretKey: { env: A } }\n",
      /a number: put it in quotes/,
    ],
    ["asr:\n  tencent: { appId: abc, secretId: a, secretKey: { env: A } }\n", /digits, in quotes/],
    ["asr:\n  openai: { path: v1 }\n", /asr.openai.path: .*must start with "\/"/],
    ["server:\n  allowedOrigins: [voice.example]\n", /such as https:\/\/voice\.example,/],
    ["server:\n  allowedOrigins: [http://nas:80/page]\n", /such as http:\/\/nas,/],
    [
      "models:\n  custom: { My Model: { files: { model: { path: a } } } }\n",
      /:2:13: .*the key must be of small letters/,
    ],
  ]));
