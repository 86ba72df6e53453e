import { assert, assertEquals, assertRejects } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { type LlmEvent, type LlmProviderRequest, openLlmProvider } from "../../../lib/llm/mod.ts";
import fc from "../../support/fast_check.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { requestOf } from "../../support/fake_llm.ts";
import { test } from "../../support/test.ts";

const provider = await openLlmProvider({ type: "builtin" }, {
  service: { family: "llm", name: "builtin" },
  clock: new FakeClock(),
  timeZone: "Asia/Shanghai",
  wallMs: () => Date.UTC(2025, 2, 3, 7, 5),
});

async function eventsOf(
  request: LlmProviderRequest,
  signal = new AbortController().signal,
): Promise<LlmEvent[]> {
  const events: LlmEvent[] = [];
  for await (const event of provider.answer(request, signal)) events.push(event);
  return events;
}

test("builtin: begins, says its text in a few pieces, and ends", async () => {
  const events = await eventsOf(requestOf("What time is it?"));
  assertEquals(events, [
    { type: "started" },
    { type: "text", text: "It is 3:05 i" },
    { type: "text", text: "n the aftern" },
    { type: "text", text: "oon." },
    { type: "ended", reason: "stop" },
  ]);
  assertEquals(provider.name, "builtin");
});

test("builtin: ends when it is given up", async () => {
  const life = new AbortController();
  const error = await assertRejects(async () => {
    for await (const event of provider.answer(requestOf("What can you do?"), life.signal)) {
      if (event.type === "text") life.abort();
    }
  }, EarshotError);
  assertEquals(error.code, "canceled");
});

test("builtin: whatever is said, it answers with words, soon, and never cuts a character in two", async () => {
  const odd = fc.constantFrom(
    "",
    " ",
    "\n",
    "\0",
    "\ud800",
    "\udc00",
    "😀",
    "你",
    "。",
    "<b>",
    "time",
    "几点",
    "say",
    "说",
    "repeat",
    "a".repeat(5_000),
    "嗯".repeat(5_000),
    "um ".repeat(5_000),
    "please ".repeat(3_000),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(odd, fc.string({ unit: "binary" })), { maxLength: 8 }),
      async (parts) => {
        const events = await eventsOf(requestOf(parts.join(""), { language: "zh" }));
        const texts = events.flatMap((event) => event.type === "text" ? [event.text] : []);
        assert(texts.length > 0 && texts.every((text) => text !== "" && text.isWellFormed()));
        assertEquals([events[0]?.type, events.at(-1)?.type], ["started", "ended"]);
      },
    ),
    { numRuns: 300 },
  );
});

test("builtin: words that repeat without end are answered as soon as others: no pattern tries every way to part them", async () => {
  const words = [
    "麻烦你",
    "几号",
    "几点",
    "时间",
    "你好",
    "现在",
    "再说",
    "谢谢",
    "停停",
    "拜拜",
    "请",
    "what ",
    "bye ",
    "hello ",
    "thank you ",
    "please say ",
    "what day is ",
    "time in ",
  ];
  for (const word of words) {
    for (const tail of ["", "x", "嗯x"]) {
      const events = await eventsOf(requestOf(`${word.repeat(300).slice(0, 480)}${tail}`));
      assertEquals(events.at(-1)?.type, "ended");
    }
  }
});
