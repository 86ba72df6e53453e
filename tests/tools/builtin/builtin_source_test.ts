import { assertEquals, assertRejects } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { builtinSource } from "../../../lib/tools/mod.ts";
import { test } from "../../support/test.ts";

const NEVER = new AbortController().signal;

test("end_conversation asks for a short goodbye and ends; set_agent is there only where there is somebody to switch to", async () => {
  const alone = builtinSource({ switchTo: [] });
  assertEquals(alone.list().map(({ name }) => name), ["end_conversation"]);
  assertEquals(alone.list(), alone.list());
  const { text, effect } = await alone.call("end_conversation", { say_goodbye: " Sleep well. " }, NEVER);
  assertEquals([text.endsWith(": Sleep well."), effect], [true, { type: "end" }]);
  assertEquals((await alone.call("end_conversation", { say_goodbye: 7 }, NEVER)).effect, { type: "end" });
  assertEquals(
    (await assertRejects(() => alone.call("set_agent", {}, NEVER), EarshotError)).code,
    "tool.unknown",
  );
  assertEquals(
    (await assertRejects(() => alone.call("end_conversation", {}, AbortSignal.abort()), EarshotError)).code,
    "canceled",
  );
});

test("set_agent takes the names of switchTo and no other", async () => {
  const source = builtinSource({ switchTo: ["kids", "night"] });
  assertEquals(source.list()[1]?.parameters["properties"], {
    agent: { type: "string", enum: ["kids", "night"], description: "the agent that takes over" },
  });
  assertEquals((await source.call("set_agent", { agent: "kids" }, NEVER)).effect, {
    type: "agent",
    agent: "kids",
  });
  for (const agent of ["admin", "", 7, undefined, "constructor"]) {
    const { failed, effect, text } = await source.call("set_agent", { agent }, NEVER);
    assertEquals([failed, effect, text.includes("kids, night")], [true, undefined, true]);
  }
});
