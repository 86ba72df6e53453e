import { assertEquals, assertRejects } from "@std/assert";
import { EarshotError } from "../../lib/errors/mod.ts";
import { PartReader } from "../../lib/tts/part_reader.ts";
import { test } from "../support/test.ts";
import { until } from "../support/until.ts";
import { WrittenText } from "../support/written_text.ts";

const { signal: NEVER } = new AbortController();

test("parts come as they are written, less the empty ones, then undefined", async () => {
  const text = new WrittenText();
  using parts = new PartReader(text);
  const first = parts.next(NEVER);
  text.write("", "One", "", " ");
  assertEquals([await first, await parts.next(NEVER)], ["One", " "]);
  text.write("");
  text.end();
  assertEquals([await parts.next(NEVER), await parts.next(NEVER), text.left], [undefined, undefined, true]);
});

test("an abort ends the wait for a part; disposing leaves the text, and waits for nobody", async () => {
  const text = new WrittenText();
  const life = new AbortController();
  {
    using parts = new PartReader(text);
    const waiting = assertRejects(() => parts.next(life.signal), EarshotError);
    life.abort();
    assertEquals((await waiting).code, "canceled");
  }
  assertEquals(text.left, false);
  text.write("late");
  await until(() => text.left, "the text is left");
});

test("what the text throws is thrown", async () => {
  const text = new WrittenText();
  using parts = new PartReader(text);
  text.write("a");
  text.fail(new EarshotError("llm.failed", "No more"));
  assertEquals(await parts.next(NEVER), "a");
  assertEquals((await assertRejects(() => parts.next(NEVER), EarshotError)).code, "llm.failed");
});
