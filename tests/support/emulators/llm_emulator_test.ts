import { assert, assertEquals, assertRejects } from "@std/assert";
import { inTime, until } from "../until.ts";
import OpenAi from "../openai_client.ts";
import { test } from "../test.ts";
import { startChatCompletions } from "./chat_completions.ts";
import { CHAT_SERVERS } from "./chat_servers.ts";
import { startOllama } from "./ollama.ts";

const clientOf = (baseURL: string) => new OpenAi({ baseURL, apiKey: "k", maxRetries: 0 });
const QUESTION = { model: "m", messages: [{ role: "user" as const, content: "Hello?" }] };

test("chat completions: OpenAI's own client reads what every server says", async () => {
  for (const server of CHAT_SERVERS) {
    await using emulator = await startChatCompletions(server, { behavior: { splitBytes: 3 } });
    const stream = await clientOf(emulator.url).chat.completions.create({
      ...QUESTION,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = "";
    let tokens: number | undefined;
    for await (const { choices, usage } of stream) {
      text += choices?.[0]?.delta.content ?? "";
      tokens = usage?.completion_tokens ?? tokens;
    }
    assertEquals([server, text, tokens], [server, "Good morning. How are you?", 5]);
  }
});

test("chat completions: OpenAI's own client sees the refusals, and who aborts is seen", async () => {
  const fault = { what: "refuse", kind: "quota" } as const;
  await using poor = await startChatCompletions("openai", { behavior: { fault } });
  const refused = await assertRejects(
    () => clientOf(poor.url).chat.completions.create({ ...QUESTION, stream: true }),
    OpenAi.RateLimitError,
  );
  assertEquals(refused.code, "insufficient_quota");

  await using slow = await startChatCompletions("openai", { behavior: { fault: { what: "hang", at: 2 } } });
  const stream = await clientOf(slow.url).chat.completions.create({ ...QUESTION, stream: true });
  for await (const { choices } of stream) if (choices[0]?.delta.content === " morning.") break;
  await until(() => slow.questions[0]?.endedBy === "client");
  assertEquals(slow.questions[0]?.tokens, 2);
});

test("an emulator answers by the question, as fast as it is told, and knows what became of each", async () => {
  await using emulator = await startChatCompletions("openai", {
    behavior: { answer: (question) => `You say: ${question}`, firstTokenMs: 30, tokenMs: 10 },
  });
  const ask = async (content: string) => {
    const body = JSON.stringify({ model: "m", stream: true, messages: [{ role: "user", content }] });
    const response = await fetch(`${emulator.url}/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    return await response.text();
  };
  const answers = await inTime(Promise.all(["one", "two"].map(ask)), "two answers");
  assert(answers[0]?.includes('" one"') && answers[1]?.includes('" two"'));
  for (const { endedBy, beganMs, firstTokenMs = 0, endedMs = 0, tokens } of emulator.questions) {
    assertEquals([endedBy, tokens], ["answer", 3]);
    assert(firstTokenMs - beganMs >= 29 && endedMs - firstTokenMs >= 19);
  }
  emulator.behavior = { answer: "Changed." };
  assert((await ask("three")).includes("Changed."));
});

test("an emulator is strict: roles that do not alternate, no stream, an empty message", async () => {
  const user = { role: "user", content: "a" };
  const good = { model: "m", stream: true, think: false, messages: [user] };
  for (
    const [body, violation] of [
      [{ ...good, messages: [user, user] }, "the roles user, user"],
      [{ ...good, messages: [user, { role: "assistant", content: "b" }] }, "the roles user, assistant"],
      [{ ...good, messages: [{ role: "user", content: " " }] }, "an empty message"],
      [{ ...good, messages: [] }, "the roles "],
      [{ ...good, model: undefined }, "no model"],
    ] as const
  ) {
    for (
      const [emulator, path] of [
        [await startChatCompletions("openai"), "/chat/completions"],
        [await startOllama(), "/api/chat"],
      ] as const
    ) {
      const response = await fetch(`${emulator.url}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      await response.text();
      assertEquals([response.ok, emulator.violations], [false, [violation]]);
      await assertRejects(async () => await emulator[Symbol.asyncDispose](), Error, violation);
    }
  }
});
