import { assert, assertEquals } from "@std/assert";
import { ExitPhrases } from "../../lib/dialogue/mod.ts";
import { test } from "../support/test.ts";

test("a goodbye ends the conversation, in any writing", () => {
  const phrases = new ExitPhrases();
  for (
    const text of [
      "Goodbye.",
      "good-bye!",
      "BYE",
      "Bye, bye!",
      "bye bye",
      "See you later.",
      "exit",
      "Quit",
      "  ｅｘｉｔ  ",
      "OK, bye.",
      "End the conversation.",
      "退出",
      "退出。",
      "关闭",
      "再见",
      "再见！",
      "再 见",
      "拜拜~",
      "拜拜👋",
      "好的，再见。",
      "退下吧",
      "结束对话",
      "\u200b再见\0",
    ]
  ) assert(phrases.has(text), text);
});

test("what people say within a conversation does not end it", () => {
  const phrases = new ExitPhrases();
  for (
    const text of [
      "",
      " ",
      "...",
      "👋",
      "thank you",
      "thanks",
      "stop",
      "be quiet",
      "no",
      "ok",
      "good night",
      "that's all",
      "nothing",
      "never mind",
      "How do I say goodbye in French?",
      "buy",
      "by",
      "exit the app how",
      "quit smoking",
      "see",
      "see you in the movie",
      "没事了",
      "没事",
      "谢谢",
      "好的",
      "不用了",
      "停",
      "别说了",
      "晚安",
      "关闭客厅的灯",
      "怎么退出微信",
      "再见用英语怎么说",
      "白白",
      "休息",
      "闭嘴",
      "见",
    ]
  ) assert(!phrases.has(text), text);
});

test("configured phrases take the place of the usual ones, and one of signs alone matches nothing", () => {
  const phrases = new ExitPhrases(["That's it", "完了", "!!!", ""]);
  assertEquals(["thats it", "完了。", "bye", "!", ""].map((text) => phrases.has(text)), [
    true,
    true,
    false,
    false,
    false,
  ]);
});
