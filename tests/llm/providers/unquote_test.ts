import { assertEquals } from "@std/assert";
import { unquote } from "../../../lib/llm/providers/unquote.ts";
import { questionOf } from "../../support/open_llm.ts";
import { test } from "../../support/test.ts";

test("unquote takes out what was said, to whom and where, and leaves short words and names of commands", () => {
  const request = questionOf(" my code is 4711 ", {
    instructions: "You are kind.",
    context: "[It is noon.]",
    history: [{ role: "user", content: "Hello there" }, { role: "assistant", content: "Yes" }],
    conversation: "02:00:00:aa:bb:cc",
  });
  const words =
    "'my code is 4711' 'You are kind.' '[It is noon.]' 'Hello there' 'Yes' 02:00:00:aa:bb:cc id-of-it no";
  assertEquals(
    unquote(request, ["id-of-it", undefined, "no"])(words),
    "'…' '…' '…' '…' 'Yes' … … no",
  );
  const chat = questionOf("Hi", { conversation: "chat" });
  assertEquals(unquote(chat)("no route for /v1/chat"), "no route for /v1/chat");
});
