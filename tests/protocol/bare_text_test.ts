import { assertEquals } from "@std/assert";
import { bareText } from "../../lib/protocol/mod.ts";
import { test } from "../support/test.ts";

test("bare text is what is left without case, width, spaces and signs", () => {
  assertEquals(["Hi, ESP!", "ＨＩ　ＥＳＰ", "你好，小智❗️", "a\u200b\0b", "½ Café", "…"].map(bareText), [
    "hiesp",
    "hiesp",
    "你好小智",
    "ab",
    "12café",
    "",
  ]);
});
