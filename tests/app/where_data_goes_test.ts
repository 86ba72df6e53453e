import { assertEquals } from "@std/assert";
import { configSchema, dataSentence, whereDataGoes } from "../../lib/app/mod.ts";
import { test } from "../support/test.ts";

const sentences = (config: Record<string, unknown>) =>
  whereDataGoes(configSchema.parse(config)).map(dataSentence);

test("without a service everything stays here, and memory that is off says so", () => {
  assertEquals(sentences({}), [
    "default: sound, words and answers stay on this machine; conversations are kept here",
  ]);
  assertEquals(sentences({ agents: { default: { memory: false } } }), [
    "default: sound, words and answers stay on this machine; nothing is kept",
  ]);
  assertEquals(sentences({ memory: { enabled: false } }), [
    "default: sound, words and answers stay on this machine; nothing is kept",
  ]);
});

test("hosts are named, never a key, a path or a port; a service on this machine leads nowhere", () => {
  const config = {
    asr: { lan: { type: "funasr", url: "wss://192.168.1.20:10096" } },
    llm: {
      deepseek: { type: "openai", url: "https://api.deepseek.com/v1", model: "deepseek-chat" },
      here: { type: "ollama", model: "qwen3" },
    },
    tts: { kokoro: { type: "openai", url: "http://127.0.0.1:8880/v1" } },
    agents: {
      default: { llm: ["deepseek", "here"], language: ["en", "zh-CN"] },
      kids: { llm: "here", tts: ["kokoro", "flite"], memory: false },
      scribe: { llm: "none" },
    },
    voiceprint: {
      url: "http://192.168.1.30:8005",
      apiKey: { env: "K" },
      speakers: [{ id: "a", name: "Ann" }],
    },
  };
  assertEquals(sentences(config), [
    "default: sound goes to 192.168.1.20 or 192.168.1.30; words go to api.deepseek.com; " +
    "answers are spoken on this machine; conversations are kept here",
    "kids: sound goes to 192.168.1.20 or 192.168.1.30; words stay on this machine; " +
    "answers are spoken on this machine; nothing is kept",
    "scribe: sound goes to 192.168.1.20 or 192.168.1.30; nothing is answered; conversations are kept here",
  ]);
});

test("a service whose url is its default goes to that host, and agents come with the default one first", () => {
  const paths = whereDataGoes(configSchema.parse({
    llm: { openai: { apiKey: { env: "KEY" }, model: "gpt-5" } },
    agents: { kids: {}, default: { tts: "flite" } },
  }));
  assertEquals(paths.map(({ agent, words }) => [agent, words]), [
    ["default", ["api.openai.com"]],
    ["kids", ["api.openai.com"]],
  ]);
});

test("a service that its mode or region leads to is named by that host", () => {
  const spokenBy = (block: Record<string, unknown>) =>
    whereDataGoes(configSchema.parse({ tts: { voice: block }, agents: { default: { tts: "voice" } } }))
      .map(({ answers }) => answers);
  const nls = { type: "aliyunNls", appKey: "a", token: { env: "T" } };
  assertEquals(spokenBy(nls), [["nls-gateway-cn-shanghai.aliyuncs.com"]]);
  assertEquals(spokenBy({ ...nls, mode: "flowing" }), [["nls-gateway-cn-beijing.aliyuncs.com"]]);
  // Over REST the other url is not used.
  const rest = { ...nls, mode: "rest", url: "wss://sockets.example/", restUrl: "https://rest.example/" };
  assertEquals(spokenBy(rest), [["rest.example"]]);
  assertEquals(
    spokenBy({
      type: "azure",
      region: "westeurope",
      apiKey: { env: "K" },
      voice: "en-US-AvaMultilingualNeural",
    }),
    [
      ["westeurope.tts.speech.microsoft.com"],
    ],
  );
  const secrets = { apiKey: { env: "K" }, apiSecret: { env: "S" } };
  assertEquals(
    whereDataGoes(configSchema.parse({ asr: { xunfei: { appId: "a", version: "spark", ...secrets } } }))
      .map(({ sound }) => sound),
    [["iat.xf-yun.com"]],
  );
});
