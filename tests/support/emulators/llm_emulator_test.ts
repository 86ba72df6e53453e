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

test("chat completions: OpenAI's own client reads what every server calls, and its own history is taken", async () => {
  const calls = [
    { name: "get_weather", arguments: '{"city":"北京"}' },
    { name: "get_weather", arguments: '{"city":"Rome"}' },
  ];
  const parameters = { type: "object", properties: { city: { type: "string" } } };
  const tools = [{
    type: "function" as const,
    function: { name: "get_weather", description: "The weather.", parameters },
  }];
  // Azure's first chunk, and a server without a finish, are more than its helper takes.
  for (const server of CHAT_SERVERS.filter((name) => !/azure|vllm_old|bare/.test(name))) {
    for (const callShape of ["pieces", "interleaved", "whole", "together", "objects"] as const) {
      const arrives = callShape !== "objects";
      await using emulator = await startChatCompletions(server, {
        behavior: { calls, callShape, splitBytes: 5 },
      });
      const client = clientOf(emulator.url);
      const stream = client.chat.completions.stream({ ...QUESTION, tools });
      const [choice] = (await stream.finalChatCompletion()).choices;
      const called = choice?.message.tool_calls ?? [];
      const read = called.map((call) => call.type === "function" && call.function.arguments);
      assertEquals([server, callShape, read.length, choice?.finish_reason], [
        server,
        callShape,
        2,
        "tool_calls",
      ]);
      // It drops what DeepSeek and Gemini want to see again.
      if (!arrives || server === "deepseek" || server === "gemini") continue;
      assertEquals(read, calls.map((call) => call.arguments));
      const results = called.map(({ id }) => ({ role: "tool" as const, tool_call_id: id, content: "21" }));
      const messages = [
        ...QUESTION.messages,
        { role: "assistant" as const, content: null, tool_calls: called },
        ...results,
      ];
      const answer = await client.chat.completions.create({ model: "m", messages, tools, stream: true });
      let text = "";
      for await (const { choices } of answer) text += choices?.[0]?.delta.content ?? "";
      assertEquals([server, text], [server, "Good morning. How are you?"]);
    }
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

test("an emulator is strict: calls without their results, results without their call, and what is wrong in them", async () => {
  const user = { role: "user", content: "a" };
  const called = (id: string, more: object = {}) => ({
    id,
    type: "function",
    function: { name: "f", arguments: "{}", ...more },
  });
  const calls = (...list: readonly unknown[]) => ({ role: "assistant", content: null, tool_calls: list });
  const result = (id: string) => ({ role: "tool", tool_call_id: id, tool_name: "f", content: "1" });
  const tools = [{
    type: "function",
    function: { name: "f", description: "", parameters: { type: "object" } },
  }];
  const good = { model: "m", stream: true, tools };
  for (
    const [body, violation] of [
      [{ ...good, messages: [user, calls(called("a"))] }, "no result of a"],
      [{ ...good, messages: [user, calls(called("a"), called("b")), result("a")] }, "no result of b"],
      [{ ...good, messages: [user, calls(called("a")), result("b")] }, "a result of b"],
      [{ ...good, messages: [user, calls(called("a")), result("a"), result("a")] }, "a result of a"],
      [{ ...good, messages: [user, result("a")] }, "a result of a"],
      [{ ...good, messages: [user, calls(called("a")), user, result("a")] }, "no result of a"],
      [{ ...good, messages: [user, calls(called("a"), called("a")), result("a")] }, "an id twice"],
      [{ ...good, messages: [calls(called("a")), result("a"), user] }, "a call after the undefined"],
      [{ ...good, messages: [user, calls(called("a", { arguments: "{" })), result("a")] }, "the arguments {"],
      [{ ...good, messages: [user, calls(called("a", { name: "a b" })), result("a")] }, "a call of a b"],
      [{ ...good, messages: [user, calls(called("a")), result("a"), user] }, "the roles user, user"],
      [
        { ...good, tools: undefined, messages: [user, calls(called("a")), result("a")] },
        "calls without tools",
      ],
      [{ ...good, tools: [], messages: [user] }, "no tools in tools"],
      [{ ...good, tools: undefined, tool_choice: "none", messages: [user] }, "tool_choice without tools"],
    ] as const
  ) {
    const emulator = await startChatCompletions("openai");
    const response = await fetch(`${emulator.url}/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    await response.text();
    assertEquals([response.ok, emulator.violations], [false, [violation]]);
    await assertRejects(async () => await emulator[Symbol.asyncDispose](), Error, violation);
  }
});
