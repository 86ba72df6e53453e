import { assertEquals, assertStringIncludes } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import {
  llmConfig,
  type LlmEvent,
  type LlmProviderRequest,
  type LlmStep,
  type LlmTool,
} from "../../../lib/llm/mod.ts";
import { anthropic, ANTHROPIC_KEY } from "../../support/emulators/anthropic.ts";
import { chatCompletions } from "../../support/emulators/chat_completions.ts";
import { CHAT_SERVERS, type ChatServerName } from "../../support/emulators/chat_servers.ts";
import type { LlmBehavior } from "../../support/emulators/llm_behavior.ts";
import { type LlmDialect, LlmEmulator } from "../../support/emulators/llm_emulator.ts";
import { openLlm, questionOf, textOf } from "../../support/open_llm.ts";
import { withSecrets } from "../../support/open_recognizer.ts";
import { test } from "../../support/test.ts";

const NEVER = new AbortController().signal;
const TOOLS: readonly LlmTool[] = [{
  name: "louder",
  description: "Louder.",
  parameters: { type: "object" },
}];
const ASKED = { tools: TOOLS };
const CALLS = [{ name: "louder", arguments: '{"by":2}' }];

/** A server with a provider for it. */
async function withServer(
  { dialect, behavior, block }: {
    readonly dialect: LlmDialect;
    readonly behavior?: LlmBehavior;
    readonly block: Readonly<Record<string, unknown>> & { readonly type: string };
  },
  body: (rig: {
    readonly emulator: LlmEmulator;
    ask(more?: Partial<LlmProviderRequest>, question?: string): Promise<readonly LlmEvent[]>;
    refusal(): boolean | undefined;
  }) => Promise<void>,
): Promise<void> {
  await using emulator = await LlmEmulator.start(dialect, { ...(behavior && { behavior }) });
  const provider = await openLlm({ url: emulator.url, model: "m", ...block });
  try {
    await body({
      emulator,
      ask: (more = ASKED, question = "Louder, please") =>
        Array.fromAsync(provider.answer(questionOf(question, more), NEVER)),
      refusal: () => provider.toolsRefusal?.()?.always,
    });
  } finally {
    await provider.close?.();
  }
}

const chat = (server: ChatServerName, more: Readonly<Record<string, unknown>> = {}) => ({
  dialect: chatCompletions(server),
  block: { type: "openai", flavor: server, ...more },
});
const claude = (more: Readonly<Record<string, unknown>> = {}) => ({
  dialect: anthropic(),
  block: withSecrets({ type: "anthropic", ...more }, { apiKey: ANTHROPIC_KEY }),
});

function stepOf(events: readonly LlmEvent[]): LlmStep {
  const thoughts = events.map((event) => event.type === "thoughts" ? event.text : "").join("");
  return {
    text: textOf(events),
    results: events.flatMap((event) =>
      event.type === "tool_call" ? [{ call: event.call, text: "true" }] : []
    ),
    ...(thoughts !== "" && { thoughts }),
  };
}

/** The first message with calls that the last request has. */
function calledIn(emulator: LlmEmulator): Readonly<Record<string, unknown>> {
  const { messages } = emulator.questions.at(-1)?.body ?? {};
  const found = Array.isArray(messages)
    ? messages.find(({ tool_calls: calls }) => calls !== undefined)
    : undefined;
  return { ...found };
}

test("tools as they are sent, and that they must not be called now, in each service's words", async () => {
  const functions = TOOLS.map((tool) => ({ type: "function", function: tool }));
  for (const server of ["openai", "qwen", "vllm", "none"] as const) {
    await withServer(
      chat(server === "none" ? "bare" : server, { flavor: server }),
      async ({ emulator, ask }) => {
        await ask();
        await ask({ ...ASKED, toolsClosed: true });
        await ask({ toolsClosed: true });
        const sent = emulator.questions.map(({ body }) => [body["tools"], body["tool_choice"]]);
        assertEquals(sent, [[functions, undefined], [functions, "none"], [undefined, undefined]]);
      },
    );
  }
  // It refuses every word but auto.
  await withServer(chat("glm"), async ({ emulator, ask }) => {
    await ask({ ...ASKED, toolsClosed: true });
    assertEquals(emulator.questions[0]?.body["tool_choice"], undefined);
  });
  await withServer(claude(), async ({ emulator, ask }) => {
    await ask({ ...ASKED, toolsClosed: true });
    const { tools, tool_choice: choice } = emulator.questions[0]?.body ?? {};
    assertEquals([tools, choice], [
      [{ name: "louder", description: "Louder.", input_schema: { type: "object" } }],
      { type: "none" },
    ]);
  });
});

test("a server that refuses tool_choice keeps its tools", async () => {
  for (const refusedAs of ["param", "words", "detail"] as const) {
    const behavior = { refusedFields: ["tool_choice"], refusedAs };
    await withServer({ ...chat("lmstudio"), behavior }, async ({ emulator, ask, refusal }) => {
      await ask({ ...ASKED, toolsClosed: true });
      await ask({ ...ASKED, toolsClosed: true });
      const sent = emulator.questions.map(({ body }) => [body["tools"] !== undefined, body["tool_choice"]]);
      assertEquals(sent, [[true, "none"], [true, undefined], [true, undefined]]);
      assertEquals(refusal(), undefined);
    });
  }
});

test("every server's refusal of tools is seen, and what was done is told all the same", async () => {
  for (const server of CHAT_SERVERS) {
    const flavor = server === "azure"
      ? "openai"
      : server === "vllm_old"
      ? "vllm"
      : server === "bare"
      ? "none"
      : server;
    const behavior: LlmBehavior = { refusesTools: "all" };
    await withServer({ ...chat(server, { flavor }), behavior }, async ({ emulator, ask, refusal }) => {
      const steps = [{
        text: "",
        results: [{ call: { id: "a", name: "louder", arguments: "{}" }, text: "true" }],
      }];
      // Of another service of the chain; Gemini and DeepSeek want something that it has not given.
      assertEquals([server, textOf(await ask({ ...ASKED, ...(server !== "gemini" && { steps }) })) !== ""], [
        server,
        true,
      ]);
      assertEquals([server, refusal()], [server, true]);
      const { question } = emulator.questions.at(-1) ?? {};
      assertEquals(question, `${server === "gemini" ? "" : "louder {}: true\n\n"}Louder, please`);
    });
  }
});

test("a server that refuses how one tool is described is asked without this time, and offered others", async () => {
  for (const row of [chat("openai"), claude()]) {
    await withServer({ ...row, behavior: { refusesTools: "first" } }, async ({ emulator, ask, refusal }) => {
      await ask();
      assertEquals(refusal(), false);
      emulator.behavior = { calls: CALLS };
      assertEquals(stepOf(await ask()).results.length, 1);
    });
  }
});

test("DeepSeek: thoughts come with calls and go back with them, though another service's calls have none", async () => {
  const behavior = { calls: CALLS, thoughts: "They want it loud." };
  await withServer({ ...chat("deepseek", { thinking: "on" }), behavior }, async ({ emulator, ask }) => {
    const step = stepOf(await ask());
    assertEquals(step.thoughts, "They want it loud.");
    await ask({ ...ASKED, steps: [step] });
    assertEquals(calledIn(emulator)["reasoning_content"], "They want it loud.");
    const { thoughts: _, ...bare } = step;
    await ask({ ...ASKED, steps: [bare] });
    assertEquals(calledIn(emulator)["reasoning_content"], "");
    await ask({
      ...ASKED,
      steps: [{ ...step, thoughts: '[{"type":"thinking","thinking":"","signature":"x"}]' }],
    });
    assertEquals(calledIn(emulator)["reasoning_content"], "");
  });
  // Nobody else is told of thoughts.
  await withServer({ ...chat("openai"), behavior: { calls: CALLS } }, async ({ emulator, ask }) => {
    await ask({ ...ASKED, steps: [{ ...stepOf(await ask()), thoughts: "Hm." }] });
    assertEquals(Object.keys(calledIn(emulator)).sort(), ["content", "role", "tool_calls"]);
  });
});

test("Gemini: what it gives with a call goes back with it, and stands for what another service has not given", async () => {
  const row = chat("gemini", { model: "gemini-3-flash" });
  await withServer({ ...row, behavior: { calls: CALLS } }, async ({ emulator, ask }) => {
    const step = stepOf(await ask());
    const extra = { google: { thought_signature: "Eu8BCuwB" } };
    assertEquals(step.results[0]?.call.extra, extra);
    await ask({ ...ASKED, steps: [step] });
    const sent = calledIn(emulator)["tool_calls"] ?? [];
    assertEquals(Array.isArray(sent) && sent[0]?.extra_content, extra);
    await ask({
      ...ASKED,
      steps: [{ text: "", results: [{ call: { id: "a", name: "louder", arguments: "{}" }, text: "true" }] }],
    });
    assertStringIncludes(JSON.stringify(calledIn(emulator)), "skip_thought_signature_validator");
  });
  await withServer({ ...chat("vllm"), behavior: { calls: CALLS } }, async ({ emulator, ask }) => {
    const [result] = stepOf(await ask()).results;
    if (result === undefined) throw new Error("no call");
    const call = { ...result.call, extra: { google: { thought_signature: "x" } } };
    await ask({ ...ASKED, steps: [{ text: "", results: [{ ...result, call }] }] });
    assertEquals(JSON.stringify(emulator.questions.at(-1)?.body).includes("extra_content"), false);
  });
});

test("Claude: thoughts go back with their signatures; without them it does not think on", async () => {
  const behavior = { calls: CALLS, thoughts: "They want it loud." };
  await withServer({ ...claude({ thinking: "on" }), behavior }, async ({ emulator, ask }) => {
    const step = stepOf(await ask());
    const block = { type: "thinking", thinking: "They want it loud.", signature: "EqQBCgIYAhIM" };
    assertEquals(JSON.parse(step.thoughts ?? ""), [block]);
    const thinks = async (steps: readonly LlmStep[]) => {
      await ask({ ...ASKED, steps });
      const { thinking, messages } = emulator.questions.at(-1)?.body ?? {};
      return [Object(thinking).type, Object(messages)[1].content[0]];
    };
    assertEquals(await thinks([step]), ["enabled", block]);
    for (const thoughts of ["of DeepSeek", '[{"type":"thinking","thinking":']) {
      const [type, first] = await thinks([{ ...step, thoughts }]);
      assertEquals([type, Object(first).type], ["disabled", "tool_use"]);
    }
  });
});

test("arguments, results and texts of calls are in no message of an error", async () => {
  await withServer(chat("openai"), async ({ emulator, ask }) => {
    emulator.behavior = {
      fault: {
        what: "answer",
        status: 400,
        type: "application/json",
        body: '{"error":{"message":"Bad: sesame-args, sesame-result, sesame-text, sesame-old"}}',
      },
    };
    const step = (args: string, text: string): LlmStep => ({
      text: "sesame-text",
      results: [{ call: { id: "a", name: "louder", arguments: args }, text }],
    });
    const history = [
      { role: "user", content: "Hello" },
      { role: "assistant", content: "Done.", steps: [step("{}", "sesame-old")] },
    ] as const;
    try {
      await ask({ ...ASKED, steps: [step("sesame-args", "sesame-result")], history });
    } catch (thrown) {
      const { message } = EarshotError.from(thrown);
      assertEquals([message.includes("sesame"), message.includes("Bad")], [false, true]);
      return;
    }
    throw new Error("it was answered");
  });
});

test("the config: tools are on and images off unless it says so, and tools of the service's own need tools: off", () => {
  const problems = (block: Readonly<Record<string, unknown>>) =>
    llmConfig.safeParse({ x: { type: "openai", model: "m", ...block } }).error?.issues.map(({ path }) =>
      path.join(".")
    );
  assertEquals(problems({ tools: "off", vision: true, extra: { tools: [] } }), undefined);
  assertEquals(problems({ extra: { tools: [] } }), ["x.extra"]);
  assertEquals(problems({ tools: "yes" }), ["x.tools"]);
});
