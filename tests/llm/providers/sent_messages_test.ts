import { assertEquals } from "@std/assert";
import type { LlmImage, LlmMessage, LlmProviderRequest, LlmStep, LlmTool } from "../../../lib/llm/mod.ts";
import { anthropicMessages, anthropicTool } from "../../../lib/llm/providers/anthropic_messages.ts";
import { chatMessages } from "../../../lib/llm/providers/chat_messages.ts";
import { ollamaMessages } from "../../../lib/llm/providers/ollama_messages.ts";
import { openaiMessages, openaiTool } from "../../../lib/llm/providers/openai_messages.ts";
import { messagesFault } from "../../support/emulators/llm_emulator.ts";
import { anthropicTalk, chatTalk, ollamaTalk, type ToolTalk } from "../../support/emulators/tool_talk.ts";
import fc from "../../support/fast_check.ts";
import { questionOf } from "../../support/open_llm.ts";
import { test } from "../../support/test.ts";

const TOOL: LlmTool = { name: "f", description: "", parameters: { type: "object" } };
const DEEPSEEK = { flavor: "deepseek", model: "m", thinks: true } as const;

const word = fc.oneof(
  fc.constantFrom("", " ", "\ud800", "\u0000"),
  fc.string({ unit: "binary", maxLength: 9 }),
);
const step = fc.record({
  text: word,
  results: fc.uniqueArray(
    fc.record({
      call: fc.record({
        id: fc.stringMatching(/^[a-z]{1,9}$/),
        name: word,
        arguments: fc.oneof(word, fc.json()),
      }),
      text: word,
    }),
    { maxLength: 3, selector: ({ call }) => call.id },
  ),
}) satisfies fc.Arbitrary<LlmStep>;
const steps = fc.array(step, { maxLength: 3 });
const image: LlmImage = { mimeType: "image/png", data: new Uint8Array([1, 2, 3]) };
const message: fc.Arbitrary<LlmMessage> = fc.oneof(
  fc.record({ role: fc.constant("user" as const), content: word }),
  fc.record({ role: fc.constant("assistant" as const), content: word, steps }),
);
const request: fc.Arbitrary<LlmProviderRequest> = fc.record({
  history: fc.array(message, { maxLength: 7 }),
  steps,
  images: fc.array(fc.constant(image), { maxLength: 2 }),
}).map((more) => questionOf("How are you?", { ...more, tools: [TOOL] }));

/** How each kind of service is told, and how it reads that. */
const FORMS: Readonly<Record<string, (request: LlmProviderRequest, tools: boolean) => ToolTalk>> = {
  openai: (request, tools) =>
    chatTalk({
      messages: openaiMessages(chatMessages(request, { tools }), DEEPSEEK),
      ...(tools && { tools: [openaiTool(TOOL)] }),
    }),
  ollama: (request, tools) =>
    ollamaTalk({
      messages: ollamaMessages(chatMessages(request, { tools })),
      ...(tools && { tools: [openaiTool(TOOL)] }),
    }),
  anthropic: (request, tools) =>
    anthropicTalk({
      messages: anthropicMessages(chatMessages(request, { tools }), { thinks: true }),
      ...(tools && { tools: [anthropicTool(TOOL)] }),
    }),
};

for (const [name, talkOf] of Object.entries(FORMS)) {
  test(`chatMessages: whatever a conversation holds, it is valid for ${name}, with tools and without`, () => {
    fc.assert(
      fc.property(request, fc.boolean(), (request, tools) => {
        const { fault, messages, results, images } = talkOf(request, tools);
        assertEquals([fault, messagesFault(messages)], [undefined, undefined]);
        const given = (request.steps ?? []).flatMap(({ results }) => results);
        assertEquals([results.length, images >= (request.images ?? []).length], [
          tools ? given.length : 0,
          true,
        ]);
      }),
      { numRuns: 500 },
    );
  });
}

test("chatMessages: what is the same stays the same from turn to turn, for prompt caches", () => {
  const result = { call: { id: "a", name: "f", arguments: '{"a": 1}' }, text: "1" };
  const steps = [{ text: "", results: [result] }];
  const before = questionOf("One", { tools: [TOOL], steps });
  const after = questionOf("Two", {
    tools: [TOOL],
    history: [{ role: "user", content: "One" }, { role: "assistant", content: "Done.", steps }],
  });
  const sent = (request: LlmProviderRequest) =>
    openaiMessages(chatMessages(request, { tools: true }), { ...DEEPSEEK, flavor: "none" });
  assertEquals(sent(after).slice(0, 3), sent(before));
  assertEquals(sent(before).slice(1), [
    {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: '{"a": 1}' } }],
    },
    { role: "tool", tool_call_id: "a", content: "1" },
  ]);
});
