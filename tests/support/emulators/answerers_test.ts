import { assertEquals, assertRejects } from "@std/assert";
import { test } from "../test.ts";
import { anthropic, ANTHROPIC_KEY } from "./anthropic.ts";
import { coze, COZE_BOT, COZE_TOKEN } from "./coze.ts";
import { dify, DIFY_KEY } from "./dify.ts";
import { fastgpt, FASTGPT_KEY } from "./fastgpt.ts";
import { HOME_TOKEN, homeAssistant } from "./home_assistant.ts";
import { type LlmDialect, LlmEmulator } from "./llm_emulator.ts";
import { webhook, WEBHOOK_SECRET } from "./webhook.ts";

type Body = Readonly<Record<string, unknown>>;
interface Row {
  readonly dialect: LlmDialect;
  readonly headers: Readonly<Record<string, string>>;
  /** What it takes. */
  readonly good: Body;
  /** What it does not take of that, and how it says so. */
  readonly bad: readonly (readonly [change: Body, violation: string])[];
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const user = { role: "user", content: "Hi" };
const TOOL = { name: "f", description: "", input_schema: { type: "object" } };
const USES = { role: "assistant", content: [{ type: "tool_use", id: "a", name: "f", input: {} }] };
const RESULT = { type: "tool_result", tool_use_id: "a", content: "1" };
const ROWS: Readonly<Record<string, Row>> = {
  anthropic: {
    dialect: anthropic(),
    headers: { "x-api-key": ANTHROPIC_KEY, "anthropic-version": "2023-06-01" },
    good: { model: "m", max_tokens: 10, stream: true, messages: [user] },
    bad: [
      [{ max_tokens: undefined }, "max_tokens: Field required"],
      [{ messages: [{ role: "system", content: "Hi" }, user] }, "a system message among the messages"],
      [{ messages: [user, user] }, "the roles user, user"],
      [{ thinking: { type: "enabled", budget_tokens: 1_024 } }, "thinking for 1024 of 10 tokens"],
      [{ n: 1 }, "the fields n"],
      [{ messages: [user, USES, user], tools: [TOOL] }, "no result of a"],
      [{ messages: [user, USES, { role: "user", content: [RESULT] }] }, "calls without tools"],
      [
        { messages: [user, USES, { role: "user", content: [RESULT, RESULT] }], tools: [TOOL] },
        "a result of a,a",
      ],
      [{
        messages: [user, USES, { role: "user", content: [RESULT] }],
        tools: [TOOL],
        max_tokens: 2_000,
        thinking: { type: "enabled", budget_tokens: 1_024 },
      }, "Expected `thinking` or `redacted_thinking`, but found `tool_use`"],
    ],
  },
  dify: {
    dialect: dify(),
    headers: bearer(DIFY_KEY),
    good: { inputs: {}, query: "Hi", user: "a", response_mode: "streaming", conversation_id: "" },
    bad: [
      [{ conversation_id: "1" }, "conversation_id must be a valid UUID, not 1"],
      [{ user: "" }, "no user"],
      [{ query: " " }, "no query"],
      [{ response_mode: "blocking" }, "response_mode blocking"],
      [{ messages: [] }, "the fields messages"],
    ],
  },
  coze: {
    dialect: coze(),
    headers: bearer(COZE_TOKEN),
    good: {
      bot_id: COZE_BOT,
      user_id: "a",
      stream: true,
      additional_messages: [{ ...user, content_type: "text" }],
    },
    bad: [
      [{ additional_messages: [user] }, "a message that is no text of the user"],
      [{ additional_messages: [user, user] }, "2 messages"],
      [{ stream: false }, "no stream"],
      [{ user_id: undefined }, "no bot, or no user"],
    ],
  },
  fastgpt: {
    dialect: fastgpt(),
    headers: bearer(FASTGPT_KEY),
    good: { chatId: "a", stream: true, detail: false, variables: {}, messages: [user] },
    bad: [
      [{ chatId: "" }, "no chatId"],
      [{ messages: [user, { role: "assistant", content: "Hi" }, user] }, "3 messages"],
      [{ model: "m" }, "the fields model"],
    ],
  },
  homeAssistant: {
    dialect: homeAssistant(),
    headers: bearer(HOME_TOKEN),
    good: { text: "Hi", language: "en" },
    bad: [
      [{ user: "a" }, "extra keys not allowed: user"],
      [{ text: "" }, "no text"],
      [{ conversation_id: "mine" }, "conversation mine"],
    ],
  },
  webhook: {
    dialect: webhook(),
    headers: { "x-secret": WEBHOOK_SECRET },
    good: { text: "Hi", device: "a", language: "en", conversation: crypto.randomUUID() },
    bad: [
      [{ conversation: "1" }, "conversation 1"],
      [{ device: undefined }, "no device, or no language"],
      [{ history: [] }, "the fields history"],
    ],
  },
};

for (const [name, { dialect, headers, good, bad }] of Object.entries(ROWS)) {
  test(`an emulator is strict: ${name}`, async () => {
    const ask = async (
      emulator: LlmEmulator,
      body: Body,
      more: Readonly<Record<string, string>> = headers,
    ) => {
      const response = await fetch(`${emulator.origin}${dialect.path}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...more },
        body: JSON.stringify(body),
      });
      return await response.text();
    };
    {
      await using emulator = await LlmEmulator.start(dialect);
      const answer = await ask(emulator, good);
      assertEquals(answer.includes("morning"), true, answer);
      // Without its key it says nothing, which is no violation.
      assertEquals((await ask(emulator, good, {})).includes("morning"), false);
    }
    for (const [change, violation] of bad) {
      const emulator = await LlmEmulator.start(dialect);
      assertEquals((await ask(emulator, { ...good, ...change })).includes("morning"), false);
      assertEquals(emulator.violations, [violation]);
      await assertRejects(async () => await emulator[Symbol.asyncDispose](), Error, violation);
    }
  });
}
