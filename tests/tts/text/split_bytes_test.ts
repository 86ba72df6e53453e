import { assert, assertEquals } from "@std/assert";
import { splitBytes } from "../../../lib/tts/text/split_bytes.ts";
import fc from "../../support/fast_check.ts";
import { test } from "../../support/test.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text).length;

test("what fits stays whole, and what has more bytes than characters is cut where sentences end", () => {
  assertEquals(splitBytes("", 10), []);
  assertEquals(splitBytes("Ten bytes.", 10), ["Ten bytes."]);
  // 3 bytes each.
  assertEquals(splitBytes("早上好。", 12), ["早上好。"]);
  assertEquals(splitBytes("早上好。下午好。", 12), ["早上好。", "下午好。"]);
  const long = "天气很好，我们出去走走吧。".repeat(60);
  const parts = splitBytes(long, 1_024);
  assertEquals(parts.join(""), long);
  assert(parts.every((part) => bytesOf(part) <= 1_024 && part.endsWith("。")));
});

test("whatever the text is, its parts give it again, fit, and split no character", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", maxLength: 200 }),
      fc.integer({ min: 8, max: 64 }),
      (text, most) => {
        const parts = splitBytes(text, most);
        assertEquals(parts.join(""), text);
        for (const part of parts) assert(bytesOf(part) <= most && part.isWellFormed() && part !== "");
      },
    ),
  );
});
