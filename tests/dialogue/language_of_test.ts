import { assert, assertEquals } from "@std/assert";
import { hasWords, languageOf } from "../../lib/dialogue/mod.ts";
import fc from "../support/fast_check.ts";
import { test } from "../support/test.ts";

const ALL = [
  "zh-CN",
  "en-US",
  "ja-JP",
  "ko-KR",
  "ru-RU",
  "ar-EG",
  "th-TH",
  "hi-IN",
  "el-GR",
  "he-IL",
] as const;

test("the script of a text tells its language", () => {
  const table: [text: string, language: string][] = [
    ["你好，今天天气怎么样？", "zh-CN"],
    ["Hello there", "en-US"],
    ["こんにちは", "ja-JP"],
    ["今日はいい天気です", "ja-JP"],
    ["カメラ", "ja-JP"],
    ["コーヒー", "ja-JP"],
    ["안녕하세요", "ko-KR"],
    ["Привет, как дела?", "ru-RU"],
    ["مرحبا كيف حالك", "ar-EG"],
    ["สวัสดีครับ", "th-TH"],
    ["नमस्ते दुनिया", "hi-IN"],
    ["Καλημέρα", "el-GR"],
    ["שלום", "he-IL"],
    ["東京", "zh-CN"],
    ["鲜の每日坚果礼盒大放送啊", "zh-CN"],
  ];
  for (const [text, language] of table) assertEquals(languageOf(text, ALL), language, text);
});

test("mixed text is in the language that most of it is in, where foreign words weigh a word", () => {
  const table: [text: string, language: string][] = [
    ["请打开Visual Studio Code然后运行", "zh-CN"],
    ["我用Python", "zh-CN"],
    ["OK好", "zh-CN"],
    ["这个API的status是200 OK", "zh-CN"],
    ["The word 你好 means hello in Chinese", "en-US"],
    ["iPhone 15 Proの価格です", "ja-JP"],
    ["Wi-Fi 비밀번호는 abc입니다", "ko-KR"],
    ["Слово hello по-русски", "ru-RU"],
    ["ร้านอาหาร Pizza Hut เปิดแล้ววันนี้", "th-TH"],
    ["iPhone की कीमत क्या है", "hi-IN"],
    ["3个", "zh-CN"],
    ["5 km", "en-US"],
  ];
  for (const [text, language] of table) assertEquals(languageOf(text, ALL), language, text);
});

test("numbers, signs and emoji belong to the text before, else to the usual language", () => {
  for (const text of ["123", "3:30", "...", "😊", "", " ", "+5%", "½"]) {
    assertEquals(languageOf(text, ALL), "zh-CN", text);
    assertEquals(languageOf(text, ALL, { before: "ko-KR" }), "ko-KR", text);
    assertEquals(languageOf(text, ALL, { before: "fr-FR" }), "zh-CN", text);
  }
});

test("a script that no language has is told, but for Latin, which every voice reads", () => {
  assertEquals(languageOf("你好", ["en-US"]), undefined);
  assertEquals(languageOf("Привет", ["zh-CN", "en-US"]), undefined);
  assertEquals(languageOf("こんにちは", ["zh-CN"]), undefined);
  assertEquals(languageOf("Hello", ["zh-CN"]), "zh-CN");
  assertEquals(languageOf("Hello", ["zh-CN", "ja-JP"], { before: "ja-JP" }), "ja-JP");
});

test("languages of one script go by the text before, then by their order", () => {
  assertEquals(languageOf("Guten Tag", ["en-US", "de-DE"]), "en-US");
  assertEquals(languageOf("Guten Tag", ["en-US", "de-DE"], { before: "de-DE" }), "de-DE");
  assertEquals(languageOf("你好", ["zh-TW", "zh-CN"]), "zh-TW");
  assertEquals(languageOf("東京都", ["zh-CN", "ja-JP"], { before: "ja-JP" }), "ja-JP");
  assertEquals(languageOf("今天我们一起去公园玩吧", ["ja-JP", "zh-CN"], { before: "ja-JP" }), "zh-CN");
  assertEquals(languageOf("東京", ["ja-JP"]), "ja-JP");
  assertEquals(languageOf("大韓民國", ["ko-KR", "en-US"]), "ko-KR");
});

test("tags of any shape are understood", () => {
  assertEquals(languageOf("你好", ["yue", "en"]), "yue");
  assertEquals(languageOf("你好", ["cmn-Hans-CN"]), "cmn-Hans-CN");
  assertEquals(languageOf("Zdravo", ["sr-Latn", "sr"]), "sr-Latn");
  assertEquals(languageOf("Здраво", ["sr-Latn", "sr"]), "sr");
  assertEquals(languageOf("Hello", ["not a tag", "en"]), "not a tag");
});

test("a text with a letter or digit has words", () => {
  for (const text of ["a", "你", "5", "①", "…x"]) assert(hasWords(text), text);
  for (const text of ["", " ", "。", "😊", "---", "\ud83d", "\u0301"]) assert(!hasWords(text), text);
});

test("whatever comes, the answer is one of the languages or none", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const language = languageOf(text, ALL);
    assert(language === undefined || (ALL as readonly string[]).includes(language));
  }));
});
