import { assertEquals } from "@std/assert";
import { joinTexts } from "../../../lib/engine/mod.ts";
import { test } from "../../support/test.ts";

test("words are joined with a space, Chinese and Japanese without", () => {
  for (
    const [texts, joined] of [
      [[], ""],
      [["", " "], ""],
      [["And so,", "", " my fellow Americans."], "And so, my fellow Americans."],
      [["今天天气", "很好"], "今天天气很好"],
      [["今天天气很好。", "OK"], "今天天气很好。OK"],
      [["打开", "Wi-Fi", "好吗"], "打开 Wi-Fi 好吗"],
      [["カタカナ", "ひらがな"], "カタカナひらがな"],
      [["안녕", "하세요"], "안녕 하세요"],
      [["ten", "."], "ten."],
      [["𠀀", "𠀁"], "𠀀𠀁"],
    ] as const
  ) assertEquals(joinTexts(texts), joined);
});
