import { assertEquals } from "@std/assert";
import { isYes } from "../../lib/dialogue/confirmation.ts";
import { test } from "../support/test.ts";

test("isYes: a yes and nothing else", () => {
  for (
    const text of [
      "Yes.",
      "yes please",
      "Yeah, sure!",
      "OK do it",
      "Go ahead, thanks",
      "是的",
      "好的，谢谢",
      "确定",
      "嗯，可以",
      "对对对",
      "要",
    ]
  ) {
    assertEquals(isYes(text), true, text);
  }
  for (
    const text of [
      "",
      "no",
      "please",
      "thanks",
      "yesterday",
      "yes but no",
      "okay not now",
      "不要",
      "不是",
      "好不好",
      "先别",
      "谢谢",
      "yes, what is that",
    ]
  ) assertEquals(isYes(text), false, text);
});
