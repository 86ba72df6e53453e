import { assertEquals } from "@std/assert";
import { Conversations } from "../../../lib/llm/providers/conversations.ts";
import fc from "../../support/fast_check.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";

const SAID = [{ role: "user", content: "Hi" }, { role: "assistant", content: "Hello." }] as const;
const on = (conversation: string) => ({ conversation, history: SAID });
const anew = (conversation: string) => ({ conversation, history: [] });

test("Conversations: one goes on with its id, each device has its own, and where nothing was said it begins anew", () => {
  const held = new Conversations({ clock: new FakeClock() });
  held.of(anew("kitchen")).named("a");
  held.of(anew("hall")).named("b");
  assertEquals([held.of(on("kitchen")).id, held.of(on("hall")).id, held.of(on("attic")).id], [
    "a",
    "b",
    undefined,
  ]);
  assertEquals([held.of(anew("kitchen")).id, held.of(on("kitchen")).id], [undefined, undefined]);
});

test("Conversations: one that has rested longer than its service keeps it begins anew", async () => {
  const clock = new FakeClock();
  const held = new Conversations({ clock, restMs: 300_000 });
  held.of(anew("kitchen")).named("a");
  await clock.advance(300_000);
  const found = held.of(on("kitchen"));
  assertEquals(found.id, "a");
  found.named("a");
  await clock.advance(300_000);
  assertEquals(held.of(on("kitchen")).id, "a");
  await clock.advance(1);
  assertEquals(held.of(on("kitchen")).id, undefined);
  const usual = new Conversations({ clock });
  usual.of(anew("kitchen")).named("a");
  await clock.advance(1_800_000);
  assertEquals(usual.of(on("kitchen")).id, "a");
  await clock.advance(1);
  assertEquals(usual.of(on("kitchen")).id, undefined);
});

test("Conversations: what is erased, or lost at the service, begins anew; one under way leaves nothing behind", () => {
  const held = new Conversations({ clock: new FakeClock() });
  const underWay = held.of(anew("kitchen"));
  held.forget("kitchen");
  underWay.named("a");
  assertEquals([underWay.id, held.stats.conversations], ["a", 0]);
  assertEquals(held.of(on("kitchen")).id, undefined);
  const found = held.of(on("kitchen"));
  found.named("b");
  found.lost();
  assertEquals(held.of(on("kitchen")).id, undefined);
});

test("Conversations: 2,000 are held and no more, and the one that has rested longest goes", () => {
  const held = new Conversations({ clock: new FakeClock() });
  for (let number = 0; number < 2_000; number++) held.of(anew(`device ${number}`)).named(`id ${number}`);
  assertEquals(held.of(on("device 0")).id, "id 0");
  assertEquals(held.stats, { conversations: 2_000, conversationsDropped: 0 });
  held.of(anew("one more"));
  assertEquals(held.stats, { conversations: 2_000, conversationsDropped: 1 });
  assertEquals([held.of(on("device 0")).id, held.of(on("device 2")).id], ["id 0", "id 2"]);
  assertEquals(held.of(on("device 1")).id, undefined);
});

test("Conversations: whatever happens, no device goes on with the conversation of another", () => {
  const step = fc.record({
    device: fc.integer({ min: 0, max: 4 }),
    what: fc.constantFrom("ask", "anew", "forget", "lose"),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const held = new Conversations({ clock: new FakeClock() });
    for (const [at, { device, what }] of steps.entries()) {
      const name = String(device);
      if (what === "forget") {
        held.forget(name);
        continue;
      }
      const found = held.of(what === "anew" ? anew(name) : on(name));
      assertEquals(found.id?.split(" ")[0] ?? name, name);
      if (what === "lose") found.lost();
      else found.named(`${name} ${at}`);
    }
  }));
});
