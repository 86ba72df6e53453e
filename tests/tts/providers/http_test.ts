import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { ttsConfig, voiceCapabilitiesOf } from "../../../lib/tts/mod.ts";
import { TtsRig } from "../../contract/tts_rig.ts";
import type { TtsSubject } from "../../contract/tts_subjects.ts";
import { httpSubject } from "../../contract/voices/http.ts";
import { tell } from "../../support/config_faults.ts";
import type { SpeechAnswer, SpeechRequest } from "../../support/emulators/speech_emulator.ts";
import { openVoice } from "../../support/open_voice.ts";
import { test } from "../../support/test.ts";
import { TONE_MP3 } from "../../support/tone_mp3.ts";
import { hearTone, toneOf } from "../../support/tones.ts";

const TEXT = "Hello there.";

const SPEECH: SpeechAnswer = { type: "speech", text: TEXT, contentType: "" };

/** A server that takes anything, and gives one answer. */
function taking(settings: Readonly<Record<string, unknown>>, answer = SPEECH): TtsSubject {
  const subject = httpSubject({ takes: "json", gives: "wav" });
  const { http } = subject;
  if (http === undefined) throw new Error("it is over HTTP");
  const dialect = () => ({ ...http.dialect(), answer: () => answer });
  const block = (origin: string) => ({ type: "http", url: `${origin}/say`, ...settings });
  return { ...subject, http: { ...http, dialect, block } };
}

/** What a server was sent. */
async function sentBy(settings: Readonly<Record<string, unknown>>, text = TEXT): Promise<SpeechRequest> {
  await using rig = await TtsRig.open(taking(settings));
  await rig.hear(text);
  const [request] = rig.emulator?.requests ?? [];
  assert(request !== undefined);
  return request;
}

test("a text is put into values as it is, whatever it looks like, and nothing in it is a placeholder", async () => {
  const text = '"}, {key} {text} {language} & =?#%20+ \\u0041 你好🙂 $& $1 </a>';
  const secrets = { key: { env: "TEST_SECRET_http_key" } };
  Deno.env.set("TEST_SECRET_http_key", "http-key");
  const headers = { Authorization: "Bearer {key}" };
  const json = await sentBy({
    json: { a: ["{text}", { b: "<{text}|{language}>", n: 1, t: true }] },
    headers,
    secrets,
  }, text);
  assertEquals(JSON.parse(json.body), { a: [text, { b: `<${text}|en>`, n: 1, t: true }] });
  assertEquals([json.method, json.headers["content-type"]], ["POST", "application/json"]);
  assertEquals(json.headers["authorization"], "Bearer http-key");
  const query = await sentBy({ query: { text: "{text}", v: 2, on: false }, headers, secrets }, text);
  assertEquals([...new URL(query.url, "http://x").searchParams], [["text", text], ["v", "2"], [
    "on",
    "false",
  ]]);
  assertEquals([query.method, query.body], ["GET", ""]);
  const form = await sentBy({ form: { tts_text: "{prompt_text}", key: "{key}" }, secrets }, text);
  assertEquals([...new URLSearchParams(form.body)], [["tts_text", text], ["key", "http-key"]]);
  const parts = await sentBy(
    { form: { t: "{text}" }, headers: { "content-type": "multipart/form-data" } },
    text,
  );
  assertStringIncludes(parts.body, `name="t"\r\n\r\n${text}\r\n`);
});

test("method and Content-Type are those of the config, and the query of the url stays", async () => {
  const put = await sentBy({
    method: "PUT",
    json: { t: "{text}" },
    headers: { "Content-Type": "application/ssml+json" },
  });
  assertEquals([put.method, put.headers["content-type"]], ["PUT", "application/ssml+json"]);
  const posted = await sentBy({ method: "POST", query: { t: "{text}" } });
  assertEquals([posted.method, posted.body], ["POST", ""]);
  await using rig = await TtsRig.open(taking({ query: { t: "{text}" } }));
  const { emulator } = rig;
  const voice = await openVoice({
    type: "http",
    url: `${emulator?.origin}/say?model=a%20b`,
    query: { t: "{text}" },
  });
  await Array.fromAsync(voice.speak({ text: "Hi.", language: "zh-CN" }, rig.canceled.signal));
  assertEquals(emulator?.requests[0]?.url, "/say?model=a%20b&t=Hi.");
  await voice.close?.();
});

test("what comes is known by its first bytes, whatever the server calls it", async () => {
  const heard = async (body: Uint8Array, settings = {}) => {
    const subject = taking({ query: { t: "{text}" }, ...settings });
    const { http } = subject;
    if (http === undefined) throw new Error("it is over HTTP");
    const dialect = () => ({ ...http.dialect(), body: () => body });
    await using rig = await TtsRig.open({ ...subject, http: { ...http, dialect } });
    const { pcm, sampleRateHz } = await rig.hear(TEXT);
    return [Math.round(pcm.length * 1_000 / Math.max(1, sampleRateHz)), sampleRateHz];
  };
  assertEquals(await heard(TONE_MP3), [648, 24_000]);
  // An audioField says where sound is if there is JSON.
  assertEquals(await heard(TONE_MP3, { audioField: "a" }), [648, 24_000]);
  assertEquals(await heard(new Uint8Array(48_000)), [1_000, 24_000]);
  assertEquals(await heard(new Uint8Array(16_000), { sampleRateHz: 8_000 }), [1_000, 8_000]);
  assertEquals(await heard(new Uint8Array()), [0, 0]);
});

test("JSON with sound in it, with a fault in it, with neither, and without end", async () => {
  const outcome = async (body: unknown, audioField = "data.audio") => {
    const said = typeof body === "string" ? body : JSON.stringify(body);
    const script = { fault: { what: "body", body: said } } as const;
    await using rig = await TtsRig.open(taking({ query: { t: "{text}" }, audioField }), { script });
    try {
      const { pcm, sampleRateHz } = await rig.hear(TEXT);
      return pcm.length === 0 ? "silent" : Math.round(hearTone(pcm, sampleRateHz).durationMs);
    } catch (thrown) {
      assert(thrown instanceof EarshotError);
      return `${thrown.code}${/no sound at .*$/.exec(thrown.message)?.[0].replace(/^/, " ") ?? ""}`;
    }
  };
  const audio = TONE_MP3.toBase64();
  assertEquals(await outcome({ data: { audio } }), 648);
  assertEquals(await outcome({ audio }, "audio"), 648);
  assertEquals(await outcome({ list: [{ audio }] }, "list.0.audio"), 648);
  assertEquals(await outcome({ data: { audio: "" } }), "silent");
  assertEquals(await outcome({ data: {} }), "tts.protocol no sound at data.audio");
  assertEquals(await outcome({ data: { audio: 7 } }), "tts.protocol no sound at data.audio");
  assertEquals(await outcome("<html>, and more of it"), "tts.protocol no sound at data.audio");
  assertEquals(await outcome({ error: { code: "insufficient_quota", message: "No." } }), "tts.quota");
  assertEquals(await outcome({ data: { audio: "!!" } }), "tts.protocol");
  assertEquals(
    await outcome({ __proto__: null, data: 1 }, "constructor.name"),
    "tts.protocol no sound at constructor.name",
  );
});

test("the words of a refusal are told, and neither the text nor a secret", async () => {
  Deno.env.set("TEST_SECRET_http_key", "http-key");
  const body = "cannot say Hello there. with http-key: no such voice";
  const settings = {
    query: { t: "{text}", key: "{key}" },
    secrets: { key: { env: "TEST_SECRET_http_key" } },
  };
  await using rig = await TtsRig.open(taking(settings, { type: "refusal", status: 404, body }));
  const { code, message } = await assertRejects(() => rig.hear(TEXT), EarshotError);
  assertEquals(code, "tts.config");
  assertStringIncludes(message, "it answered 404 cannot say … with …: no such voice");
});

test("a secret that is not there is told when the voice is opened", async () => {
  const block = {
    type: "http",
    url: "http://localhost:1",
    query: { t: "{text}", k: "{k}" },
    secrets: { k: { env: "NO_SUCH" } },
  };
  const { code, message } = await assertRejects(() => openVoice(block, { name: "mine" }), EarshotError);
  assertEquals([code, message], [
    "config.secret",
    "Cannot read tts.mine.secrets.k: the environment has no NO_SUCH",
  ]);
});

test("config: each fault of a template is told with what would be right", async () => {
  const told = (block: string, words: RegExp) =>
    [`tts:\n  mine: { type: http, url: "http://x/say", ${block} }\n`, words] as const;
  await tell([
    told('json: { input: "hi" }', /mine\.json: .*the text is nowhere: write \{text\} in a value/),
    told("json: { input: {text} }", /mine\.json: .*the text is nowhere: write \{text\}.*input: "\{text\}"/),
    told('headers: { a: "b" }', /mine\.query: .*the text is nowhere/),
    told('json: { input: "{txt}" }', /\{txt\} stands for nothing: write one of \{text\}, \{language\}/),
    told('form: { a: "{text} {key}" }', /mine\.form: .*\{key\} stands for nothing.*or name a secret so/),
    told('json: { "{text}": "{text}" }', /a placeholder stands in a value, and not in a name/),
    told('json: { a: [{ "{text}": 1 }], b: "{text}" }', /a placeholder stands in a value/),
    told(
      'query: { a: "{text}" }, headers: { b: "{text}" }',
      /mine\.headers: .*a header cannot hold any text/,
    ),
    told('json: { a: "{text}" }, form: { b: "{text}" }', /mine\.form: .*give form or json, and not both/),
    told('method: GET, json: { a: "{text}" }', /mine\.method: .*GET carries no json: write method: POST/),
    told(
      'query: { a: "{text}" }, secrets: { k: { env: K } }',
      /mine\.secrets: .*k is used nowhere: write \{k\}/,
    ),
    told('query: { a: "{text}" }, secrets: { text: { env: K } }', /\{text\} is no secret: name it otherwise/),
    told('query: { a: "{text}" }, secrets: { "a b": { env: K } }', /name secrets by letters, digits and _/),
    told('query: { a: "{text}" }, secrets: { k: sk-123456 }', /mine\.secrets\.k: .*the place of the secret/),
    told(
      'query: { a: "{text}" }, headers: { Authorization: "Bearer sk-123456" }',
      /Authorization seems to hold the key itself: write secrets: \{ key: \{ env: NAME \} \}, and \{key\}/,
    ),
    told(
      'query: { a: "{text}", api_key: sk-1234567890 }',
      /mine\.query: .*api_key seems to hold the key itself/,
    ),
    told(
      'json: { a: "{text}", b: { token: sk-1234567890 } }',
      /mine\.json: .*token seems to hold the key itself/,
    ),
    told('query: { a: "{text}" }, headers: { Host: x }', /leave Host out: the connection says it/),
    told(
      'query: { a: "{text}" }, headers: { "a b": x }',
      /a name has letters, digits and -, a value is one line/,
    ),
    told('query: { a: "{text}" }, headers: { a: "你" }', /a value is one line of ASCII/),
    told('query: { a: "{text}" }, audioField: "a..b"', /mine\.audioField: .*such as data\.audio/),
  ]);
  await tell([[
    'tts:\n  mine: { type: http, url: "http://x/say?t={text}", query: { a: "{text}" } }\n',
    /mine\.url: .*put what changes into query/,
  ]]);
  // Not a word of what may be a secret is repeated.
  const block = {
    type: "http",
    url: "http://x",
    query: { a: "{text}" },
    headers: { "X-Key": "my-own-secret" },
  };
  assertEquals(JSON.stringify(ttsConfig.safeParse({ block }).error?.issues).includes("my-own"), false);
});

test("config: what is right is taken, and says what it can do", () => {
  const right = [
    { query: { text: "{text}" } },
    { form: { "{": "}", t: "say {text} {}" } },
    { json: { text: "{prompt_text}", model: null, key: "happy", tokens: 5 } },
    {
      query: { text: "{text}" },
      headers: { "X-Key": "{k}", "Content-Type": "x/y" },
      secrets: { k: { file: "f" } },
    },
  ];
  for (const block of right) {
    const read = ttsConfig.safeParse({ mine: { type: "http", url: "http://x", ...block } });
    assertEquals(read.error?.issues, undefined, JSON.stringify(block));
  }
  const block = { type: "http", url: "http://x", query: { text: "{text}" } };
  assertEquals(voiceCapabilitiesOf(block), { languages: "any", maxChars: 1_000, textIn: "whole" });
  assertEquals(voiceCapabilitiesOf({ ...block, languages: ["de"], maxChars: 99 }), {
    languages: ["de"],
    maxChars: 99,
    textIn: "whole",
  });
});

test("the tone of a text comes from each way to ask", async () => {
  for (const takes of ["json", "query", "form", "parts"] as const) {
    for (const gives of ["wav", "waves", "samples", "base64"] as const) {
      await using rig = await TtsRig.open(httpSubject({ takes, gives }));
      const { pcm, sampleRateHz } = await rig.hear(TEXT);
      assertEquals(
        Math.round(hearTone(pcm, sampleRateHz).durationMs),
        toneOf(TEXT).durationMs,
        `${takes} ${gives}`,
      );
    }
  }
});
