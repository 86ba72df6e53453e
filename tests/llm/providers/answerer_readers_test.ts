import { assert } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import type { LlmEvent } from "../../../lib/llm/mod.ts";
import { AnthropicReader } from "../../../lib/llm/providers/anthropic_reader.ts";
import { CozeReader } from "../../../lib/llm/providers/coze_reader.ts";
import { DifyReader } from "../../../lib/llm/providers/dify_reader.ts";
import type { EventReader } from "../../../lib/llm/providers/event_reader.ts";
import { WebhookReader } from "../../../lib/llm/providers/webhook_reader.ts";
import fc from "../../support/fast_check.ts";
import { test } from "../../support/test.ts";

const common = { service: { family: "llm", name: "x" }, unquoted: (words: string) => words } as const;
const onConversation = () => {};

/** Names and values that mean something to one of them, in places where they may not belong. */
const word = fc.constantFrom(
  ...["event", "type", "answer", "content", "text", "data", "delta", "status", "error", "code", "msg", "id"],
  ...["message", "agent_message", "message_replace", "message_end", "workflow_finished", "failed", "stopped"],
  ...["conversation_id", "task_id", "chat_id", "last_error", "usage", "metadata", "input_tokens", "output"],
  ...["content_block_start", "content_block_delta", "text_delta", "message_delta", "message_stop", "refusal"],
  ...[
    "begin",
    "item",
    "end",
    "stop_reason",
    "content_block",
    "content_type",
    "answer",
    "",
    "<think>",
    "</think>",
  ],
);
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(word, fc.string(), fc.integer(), fc.constantFrom(null, true, 0, -1, 1e9)),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(word, tie("value"), { maxKeys: 6 }),
  ),
})).value;
const body = fc.oneof(json.map((value) => JSON.stringify(value)), fc.string(), word);
const name = fc.oneof(
  word,
  fc.constantFrom(
    "conversation.chat.created",
    "conversation.chat.completed",
    "conversation.chat.failed",
    "conversation.message.delta",
    "conversation.message.completed",
    "done",
  ),
);

/** It ends with events in order, or with an error of ours. */
function holds(read: () => readonly LlmEvent[]): void {
  try {
    const events = read();
    const last = events.at(-1);
    assert(last?.type === "ended");
    assert(events.every((event) => event.type !== "text" || event.text !== ""));
  } catch (thrown) {
    if (!(thrown instanceof EarshotError)) throw thrown;
    assert(thrown.code.startsWith("llm."), thrown.code);
  }
}

const READERS: Readonly<Record<string, () => EventReader>> = {
  anthropic: () => new AnthropicReader(common),
  dify: () => new DifyReader({ ...common, onConversation }),
  coze: () => new CozeReader({ ...common, onConversation }),
};

for (const [service, open] of Object.entries(READERS)) {
  test(`readers: whatever comes, that of ${service} ends in order or with an error of a language model`, () => {
    const events = fc.array(fc.record({ event: name, data: body }), { maxLength: 12 });
    fc.assert(fc.property(events, body, (events, whole) => {
      holds(() => {
        const reader = open();
        for (const { event, data } of events) reader.take({ type: "data", event, data });
        return reader.conclude();
      });
      holds(() => {
        const reader = open();
        reader.takeWhole(whole);
        return reader.conclude();
      });
    }));
  });
}

test("readers: whatever comes, that of a webhook ends in order or with an error of a language model", () => {
  fc.assert(fc.property(fc.array(body, { maxLength: 12 }), word, (lines, contentType) => {
    holds(() => {
      const reader = new WebhookReader({ ...common, contentType });
      for (const line of lines) reader.take(line);
      return reader.conclude();
    });
  }));
});
