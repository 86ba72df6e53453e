import { assertEquals, assertMatch } from "@std/assert";
import { languageWarnings } from "../../lib/agents/mod.ts";
import { configSchema } from "../../lib/app/mod.ts";
import { test } from "../support/test.ts";

const warnings = (config: Record<string, unknown>) => languageWarnings(configSchema.parse(config));
const EAR = { asr: { lan: { type: "funasr", url: "wss://192.168.1.20:10096" } } };

test("English needs nothing, and an agent that answers nothing needs no voice", () => {
  assertEquals(warnings({}), []);
  assertEquals(warnings({ ...EAR, agents: { default: { language: "zh-CN", llm: "none" } } }), []);
});

test("a language that the built-in voice does not speak is told, with what to configure", () => {
  const [warning = "", ...others] = warnings({ ...EAR, agents: { default: { language: "zh-CN" } } });
  assertMatch(
    warning,
    /^agent default: hibari does not speak zh-CN.*only shown; configure a voice.*\(tts\)$/,
  );
  assertEquals(others, []);
});

test("a language that nobody answers in is told as well, agent by agent", () => {
  const agents = { default: { language: "en" }, oma: { language: ["en", "de"] } };
  const [unanswered = "", unspoken = "", ...others] = warnings({ ...EAR, agents });
  assertMatch(unanswered, /^agent oma: builtin does not answer in de;.*\(llm\)$/);
  assertMatch(unspoken, /^agent oma: hibari does not speak de,/);
  assertEquals(others, []);
});

test("a voice and a language model that may know any language are trusted", () => {
  const config = {
    ...EAR,
    llm: { here: { type: "ollama", model: "qwen3" } },
    tts: { kokoro: { type: "openai", url: "http://127.0.0.1:8880/v1" } },
    agents: { default: { language: ["zh-CN", "de"] } },
  };
  assertEquals(warnings(config), []);
});
