import { assert, assertEquals, assertRejects } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { llmCapabilitiesOf, llmConfig, type LlmProvider } from "../../../lib/llm/mod.ts";
import type { LlmEmulator, LlmEmulatorOptions } from "../../support/emulators/llm_emulator.ts";
import { startOllama } from "../../support/emulators/ollama.ts";
import { fastClock } from "../../support/fast_clock.ts";
import { openLlm, questionOf, textOf } from "../../support/open_llm.ts";
import { test } from "../../support/test.ts";
import { until } from "../../support/until.ts";

const NEVER = new AbortController().signal;
const DEFAULT = "Good morning. How are you?";

async function withOllama(
  options: LlmEmulatorOptions,
  body: (emulator: LlmEmulator, provider: LlmProvider) => Promise<void>,
  block: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await using emulator = await startOllama(options);
  const provider = await openLlm({ type: "ollama", url: emulator.url, model: "m", ...block });
  try {
    await body(emulator, provider);
  } finally {
    await provider.close?.();
  }
}

const ask = (provider: LlmProvider, signal = NEVER) =>
  Array.fromAsync(provider.answer(questionOf("How are you?"), signal));

test("ollama: the fields of a request, and its thoughts are off or unspoken", async () => {
  const behavior = { thoughts: "Let me see." };
  await withOllama({ behavior }, async (emulator, provider) => {
    assertEquals(textOf(await ask(provider)), DEFAULT);
    assertEquals(emulator.questions[0]?.body, {
      model: "m",
      messages: [{ role: "user", content: "How are you?" }],
      stream: true,
      think: false,
      keep_alive: "1h30m",
      options: { num_ctx: 4_096, temperature: 0.2, num_predict: 512 },
    });
    assertEquals(emulator.questions[0]?.thought, false);
  }, { contextTokens: 4_096, temperature: 0.2, keepAlive: "1h30m" });
  await withOllama({ behavior }, async (emulator, provider) => {
    const events = await ask(provider);
    assertEquals([textOf(events), emulator.questions[0]?.thought], [DEFAULT, true]);
    assertEquals(events[1], { type: "alive" });
  }, { thinking: "on" });
});

test("ollama: thoughts in the text itself are not spoken either", async () => {
  const answer = ["<thi", "nk>Hm.</th", "ink>", "\n\nHello", " there."];
  await withOllama({ behavior: { answer } }, async (_, provider) => {
    assertEquals(textOf(await ask(provider)), "Hello there.");
  });
});

test("ollama: warm has the model loaded with the same options, so that the first answer does not load it again", async () => {
  await withOllama({ behavior: { loadMs: 30_000 }, clock: fastClock(300) }, async (emulator, provider) => {
    await provider.warm?.(NEVER);
    const [warmed] = emulator.exchanges;
    await ask(provider);
    const [asked] = emulator.questions;
    assertEquals([warmed?.path, warmed?.body["keep_alive"]], ["/api/generate", asked?.body["keep_alive"]]);
    assertEquals(warmed?.body["options"], { num_ctx: 8_192 });
    assert((warmed?.endedMs ?? 0) - (warmed?.beganMs ?? 0) >= 30_000);
    assert((asked?.headersMs ?? Infinity) - (asked?.beganMs ?? 0) < 30_000);
  });
});

test("ollama: a model that is not pulled is told, also while it is warmed up", async () => {
  const fault = { what: "refuse", kind: "model" } as const;
  await withOllama({ behavior: { fault } }, async (_, provider) => {
    const { code, message } = await assertRejects(() => ask(provider), EarshotError);
    assertEquals([code, message.includes("404 model 'm' not found")], ["llm.config", true]);
  });
});

test("ollama: one answer at a time; who waits gets its headers later, and may give up waiting", async () => {
  await withOllama(
    { behavior: { fault: { what: "hang", at: 1 }, faultTimes: 1 } },
    async (emulator, provider) => {
      const first = new AbortController();
      const second = new AbortController();
      const answers = [ask(provider, first.signal), ask(provider, second.signal)];
      await until(() => emulator.questions.length === 2);
      const third = ask(provider);
      await until(() => emulator.questions.length === 3);
      second.abort();
      await assertRejects(() => answers[1] ?? Promise.resolve(), EarshotError);
      assertEquals(emulator.questions.map(({ headersMs }) => headersMs !== undefined), [true, false, false]);
      first.abort();
      await assertRejects(() => answers[0] ?? Promise.resolve(), EarshotError);
      assertEquals(textOf(await third), DEFAULT);
      assertEquals(emulator.questions.map(({ endedBy }) => endedBy), ["client", "client", "answer"]);
    },
  );
});

test("ollama: a line that is no JSON is a fault of the protocol", async () => {
  const fault = { what: "answer", status: 200, type: "application/x-ndjson", body: '{"mess\n' } as const;
  await withOllama({ behavior: { fault } }, async (_, provider) => {
    assertEquals((await assertRejects(() => ask(provider), EarshotError)).code, "llm.protocol");
  });
});

test("ollama: capabilities, and a url that is that of chat completions is told", () => {
  const { local, maxConcurrent, contextTokens } = llmCapabilitiesOf({ type: "ollama", model: "m" });
  assertEquals([local, maxConcurrent, contextTokens], [true, 1, 8_192]);
  const fault = (block: object) =>
    llmConfig.safeParse({ x: { type: "ollama", model: "m", ...block } }).error?.issues[0]?.path;
  assertEquals(fault({ url: "http://nas:11434/v1" }), ["x", "url"]);
  assertEquals(fault({ url: "http://nas:11434/" }), undefined);
  assertEquals(fault({ keepAlive: -1 }), undefined);
  assertEquals(fault({ keepAlive: "soon" }), ["x", "keepAlive"]);
});
