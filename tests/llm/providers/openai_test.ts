import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { llmCapabilitiesOf, llmConfig, type LlmEvent, type LlmProvider } from "../../../lib/llm/mod.ts";
import { retryAfterOf } from "../../../lib/llm/retry_after.ts";
import { startChatCompletions } from "../../support/emulators/chat_completions.ts";
import type { ChatServerName } from "../../support/emulators/chat_servers.ts";
import type { LlmEmulator, LlmEmulatorOptions } from "../../support/emulators/llm_emulator.ts";
import { fastClock } from "../../support/fast_clock.ts";
import { openLlm, questionOf, textOf } from "../../support/open_llm.ts";
import { CA_FILE } from "../../support/open_recognizer.ts";
import { test } from "../../support/test.ts";
import { until } from "../../support/until.ts";

const NEVER = new AbortController().signal;

interface Rig {
  readonly emulator: LlmEmulator;
  readonly provider: LlmProvider;
  /** Asks, and gives what is said. */
  ask(question?: string): Promise<string>;
}

/** A server, and a provider with these keys for it. */
async function withServer(
  { server = "openai", block = {}, secrets, ...options }: LlmEmulatorOptions & {
    readonly server?: ChatServerName;
    readonly block?: Readonly<Record<string, unknown>>;
    readonly secrets?: Readonly<Record<string, string>>;
  },
  body: (rig: Rig) => Promise<void>,
): Promise<void> {
  await using emulator = await startChatCompletions(server, options);
  const provider = await openLlm({ type: "openai", url: emulator.url, model: "m", ...block }, { secrets });
  const ask = async (question = "How are you?") =>
    textOf(await Array.fromAsync(provider.answer(questionOf(question), NEVER)));
  try {
    await body({ emulator, provider, ask });
  } finally {
    await provider.close?.();
  }
}

const failure = (promise: Promise<unknown>) => assertRejects(() => promise, EarshotError);
const DEFAULT = "Good morning. How are you?";

test("each server is told in its words not to think, and then does not", async () => {
  for (
    const [server, flavor] of [
      ["deepseek", "deepseek"],
      ["qwen", "qwen"],
      ["glm", "glm"],
      ["doubao", "doubao"],
      ["siliconflow", "siliconflow"],
      ["gemini", "gemini"],
      ["ollama", "ollama"],
      ["vllm", "vllm"],
      ["llamacpp", "llamacpp"],
    ] as const
  ) {
    for (const [thinking, thought] of [["off", false], ["on", true]] as const) {
      const behavior = { thoughts: "Let me see." };
      await withServer({ server, behavior, block: { flavor, thinking } }, async ({ emulator, ask }) => {
        assertEquals(await ask(), DEFAULT);
        assertEquals([server, thinking, emulator.questions[0]?.thought], [server, thinking, thought]);
      });
    }
  }
});

test("the fields of a request: the key, the model, the most tokens, counts, and what the block adds", async () => {
  const block = { temperature: 0.3, maxTokens: 100, extra: { top_p: 0.9, user: "kitchen" } };
  const secrets = { apiKey: "sk-of-a-test" };
  await withServer({ block, secrets, apiKey: "sk-of-a-test" }, async ({ emulator, ask }) => {
    await ask();
    const { body, headers } = emulator.questions[0] ?? {};
    assertEquals(body, {
      max_tokens: 100,
      temperature: 0.3,
      stream_options: { include_usage: true },
      model: "m",
      messages: [{ role: "user", content: "How are you?" }],
      stream: true,
      top_p: 0.9,
      user: "kitchen",
    });
    assertEquals(headers?.authorization, "Bearer sk-of-a-test");
  });
  await withServer({ apiKey: "sk-of-a-test" }, async ({ ask }) => {
    assertEquals((await failure(ask())).code, "llm.auth");
  });
});

test("the agent's most tokens count unless the block allows fewer; where the model thinks, the block alone says", async () => {
  const sent = async (block: Readonly<Record<string, unknown>>) => {
    let found: unknown;
    await withServer({ block }, async ({ emulator, ask }) => {
      await ask();
      const { max_tokens, max_completion_tokens } = emulator.questions[0]?.body ?? {};
      found = max_tokens ?? max_completion_tokens;
    });
    return found;
  };
  assertEquals(await sent({}), 512);
  assertEquals(await sent({ maxTokens: 1_000 }), 512);
  assertEquals(await sent({ maxTokens: 50 }), 50);
  assertEquals(await sent({ thinking: "on" }), undefined);
  assertEquals(await sent({ thinking: "on", maxTokens: 4_000 }), 4_000);
});

test("reasoning models of OpenAI take their own names, also where the flavor is not known", async () => {
  for (const flavor of ["openai", "none"]) {
    const block = { model: "gpt-5-mini", flavor, temperature: 0.5 };
    await withServer({ block }, async ({ emulator, ask }) => {
      assertEquals([await ask(), await ask()], [DEFAULT, DEFAULT]);
      const bodies = emulator.questions.map(({ body }) => body);
      const [last] = bodies.slice(-1);
      assertEquals([last?.["max_completion_tokens"], last?.["max_tokens"], last?.["temperature"]], [
        512,
        undefined,
        undefined,
      ]);
      // One refusal for each field, at the first question alone.
      assertEquals(bodies.length, flavor === "openai" ? 3 : 4);
    });
  }
});

test("an optional field that is refused is left out from then on, however the server names it", async () => {
  for (const refusedAs of ["param", "detail", "words"] as const) {
    const behavior = { refusedFields: ["stream_options", "enable_thinking"], refusedAs };
    await withServer({ behavior, block: { flavor: "qwen" } }, async ({ emulator, ask }) => {
      assertEquals([await ask(), await ask()], [DEFAULT, DEFAULT]);
      assertEquals(emulator.questions.map(({ body }) => Object.keys(body).length), [6, 5, 4, 4], refusedAs);
    });
  }
});

test("a field of `extra` that is refused is told: somebody wrote it", async () => {
  const behavior = { refusedFields: ["seed"], refusedAs: "words" } as const;
  await withServer({ behavior, block: { extra: { seed: 1 } } }, async ({ emulator, ask }) => {
    const { code, message } = await failure(ask());
    assertEquals([code, emulator.questions.length], ["llm.config", 1]);
    assertStringIncludes(message, "seed");
  });
});

test("a model that is not there, or a conversation that is too long, is no matter of fields", async () => {
  await withServer({ behavior: { maxPromptTokens: 1 } }, async ({ emulator, ask }) => {
    assertEquals((await failure(ask("one two three"))).code, "llm.context");
    assertEquals(emulator.questions.length, 1);
  });
});

test("a conversation that is too long: LM Studio says nothing at all, Ollama forgets", async () => {
  const behavior = { maxPromptTokens: 1 };
  await withServer({ server: "lmstudio", behavior }, async ({ ask }) => {
    assertEquals((await failure(ask())).code, "llm.empty");
  });
  await withServer({ server: "ollama", behavior }, async ({ ask }) => assertEquals(await ask(), DEFAULT));
});

test("a service that asks to wait says how long", async () => {
  const fault = { what: "refuse", kind: "busy", headers: { "retry-after": "2" } } as const;
  await withServer({ behavior: { fault } }, async ({ ask }) => {
    const error = await failure(ask());
    assertEquals([error.code, error.retryable, retryAfterOf(error)], ["llm.throttled", true, 2_000]);
  });
});

test("20 s of comments are signs of life, and no word; then it answers", async () => {
  const clock = fastClock(200);
  for (const server of ["deepseek", "llamacpp", "xinference", "bare"] as const) {
    const behavior = { firstTokenMs: 20_000, commentEveryMs: 1_000 };
    await withServer({ server, behavior, clock }, async ({ emulator, provider }) => {
      const events = await Array.fromAsync(provider.answer(questionOf("Hello?"), NEVER));
      const before = events.slice(1, events.findIndex(({ type }) => type === "text"));
      assert(before.length >= 2 && before.every(({ type }) => type === "alive"), JSON.stringify(before));
      assertEquals(textOf(events), DEFAULT);
      const { headersMs = 0, firstTokenMs = 0 } = emulator.questions[0] ?? {};
      assert(firstTokenMs - headersMs >= 19_000);
    });
  }
});

test("words are told as they come, not once the answer is whole", async () => {
  await withServer({ behavior: { fault: { what: "hang", at: 3 } } }, async ({ emulator, provider }) => {
    const life = new AbortController();
    const seen: LlmEvent[] = [];
    const answering = failure((async () => {
      for await (const event of provider.answer(questionOf("Hello?"), life.signal)) seen.push(event);
    })());
    await until(() => textOf(seen) === "Good morning. How");
    assertEquals(emulator.pending, 1);
    life.abort();
    assertEquals((await answering).code, "canceled");
    await until(() => emulator.pending === 0);
  });
});

test("an opened connection of TLS with a certificate of one's own answers, and ends when it is canceled", async () => {
  for (const tls of [{ caFile: CA_FILE }, { verify: false }]) {
    await withServer({ tls: true, block: { tls } }, async ({ ask }) => assertEquals(await ask(), DEFAULT));
    const behavior = { fault: { what: "hang", at: 2 } } as const;
    await withServer({ tls: true, behavior, block: { tls } }, async ({ emulator, provider }) => {
      const life = new AbortController();
      const error = await failure((async () => {
        for await (const { type } of provider.answer(questionOf("Hello?"), life.signal)) {
          if (type === "text") life.abort();
        }
      })());
      assertEquals(error.code, "canceled");
      await until(() => emulator.questions[0]?.endedBy === "client");
    });
  }
});

test("nobody there is unreachable, and may be tried again", async () => {
  const provider = await openLlm({ type: "openai", url: "http://127.0.0.1:1/v1", model: "m" });
  const error = await failure(Array.fromAsync(provider.answer(questionOf("Hello?"), NEVER)));
  assertEquals([error.code, error.retryable], ["llm.unreachable", true]);
  await assertRejects(async () => await provider.warm?.(NEVER), EarshotError);
  await provider.close?.();
});

test("what a server repeats of the conversation is in no message", async () => {
  const secret = "the code of my alarm is 4711";
  const body = JSON.stringify({ error: { message: `cannot use '${secret}' here`, code: 400 } });
  for (const status of [400, 200]) {
    const fault = { what: "answer", status, type: "application/json", body } as const;
    await withServer({ behavior: { fault } }, async ({ ask }) => {
      const { message } = await failure(ask(secret));
      assertEquals([message.includes("4711"), message.includes("cannot use '…' here")], [false, true]);
    });
  }
});

test("a url may have a query, a slash at its end, or the path already", async () => {
  for (
    const [suffix, path] of [["/", "/v1/chat/completions"], ["?api-version=1", "/v1/chat/completions"], [
      "/chat/completions",
      "/v1/chat/completions",
    ]]
  ) {
    await using emulator = await startChatCompletions("openai");
    const provider = await openLlm({ type: "openai", url: `${emulator.url}${suffix}`, model: "m" });
    assertEquals(textOf(await Array.fromAsync(provider.answer(questionOf("Hi"), NEVER))), DEFAULT);
    await provider.warm?.(NEVER);
    assertEquals(emulator.exchanges.map(({ path }) => path), [path, "/v1/models"]);
    await provider.close?.();
  }
});

test("warm: a server on this network is asked for its models, Ollama has the model loaded, a cloud is left alone", async () => {
  await withServer({ server: "llamacpp" }, async ({ emulator, provider }) => {
    await provider.warm?.(NEVER);
    assertEquals(emulator.exchanges.map(({ method, path }) => [method, path]), [["GET", "/v1/models"]]);
  });
  const clock = fastClock(100);
  await withServer(
    { server: "ollama", clock, behavior: { loadMs: 5_000 }, block: { flavor: "ollama" } },
    async (rig) => {
      await rig.provider.warm?.(NEVER);
      assertEquals(rig.emulator.exchanges.map(({ path, body }) => [path, body]), [
        ["/api/generate", { model: "m", stream: false }],
      ]);
      assertEquals(await rig.ask(), DEFAULT);
      const { beganMs = 0, headersMs = 0 } = rig.emulator.questions[0] ?? {};
      assert(headersMs - beganMs < 5_000, "it was loaded");
    },
  );
  const cloud = await openLlm({ type: "openai", model: "m" });
  assertEquals(cloud.warm, undefined);
  await cloud.close?.();
});

test("capabilities follow from the url: clouds 8 at once, servers here 4, Ollama 1", () => {
  const of = (url: string, more: object = {}) => {
    const { local, maxConcurrent, contextTokens, stateless } = llmCapabilitiesOf({
      type: "openai",
      model: "m",
      url,
      ...more,
    });
    assertEquals(stateless, true);
    return [local, maxConcurrent, contextTokens];
  };
  assertEquals(of("https://api.deepseek.com"), [false, 8, undefined]);
  assertEquals(of("http://192.168.1.20:8000/v1", { contextTokens: 4_096 }), [true, 4, 4_096]);
  assertEquals(of("http://nas:11434/v1"), [true, 1, undefined]);
});

test("the config needs a model, and `extra` cannot say what is ours to say", () => {
  const fault = (block: object) =>
    llmConfig.safeParse({ x: { type: "openai", ...block } }).error?.issues[0]?.path;
  assertEquals(fault({}), ["x", "model"]);
  assertEquals(fault({ model: "m" }), undefined);
  assertEquals(fault({ model: "m", extra: { stream: false } }), ["x", "extra"]);
  assertEquals(fault({ model: "m", flavor: "other" }), ["x", "flavor"]);
});
