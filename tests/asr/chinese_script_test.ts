import { assertEquals } from "@std/assert";
import { chineseScript } from "../../lib/asr/chinese_script.ts";
import { readTextOf } from "../../lib/asr/mod.ts";
import { test } from "../support/test.ts";

const SERVICE = { capabilities: {} };

test("by language: traditional where people write so, simplified for other Chinese, nothing for the rest", () => {
  const by = (language: string) => chineseScript({ script: "auto", language });
  for (const language of ["zh", "zh-CN", "zh-SG", "cmn", "zh-Hans-TW"]) assertEquals(by(language), "cn");
  for (const language of ["zh-TW", "zh-Hant"]) assertEquals(by(language), "tw", language);
  for (const language of ["zh-HK", "zh-MO", "yue"]) assertEquals(by(language), "hk", language);
  for (const language of ["en", "ja", "ko", "de-CH"]) assertEquals(by(language), undefined, language);
});

test("a script that is chosen holds for every language, none for no one", () => {
  assertEquals(chineseScript({ script: "simplified", language: "zh-TW" }), "cn");
  assertEquals(chineseScript({ script: "simplified", language: "en" }), "cn");
  assertEquals(chineseScript({ script: "traditional", language: "zh-CN" }), "tw");
  assertEquals(chineseScript({ script: "traditional", language: "zh-HK" }), "hk");
  assertEquals(chineseScript({ script: "none", language: "zh-TW" }), undefined);
});

test("mixed characters become simplified ones, and those that are stay", async () => {
  const read = await readTextOf({ script: "auto", language: "zh-CN", ...SERVICE });
  const cases: readonly (readonly [string, string])[] = [
    ["每一天都要快樂", "每一天都要快乐"],
    ["希望你以後能够做的比我還好喲", "希望你以后能够做的比我还好哟"],
    ["打開客廳的燈，然後關掉電視", "打开客厅的灯，然后关掉电视"],
    ["看著他，看着他", "看着他，看着他"],
    ["乾淨的頭髮，皇后", "干净的头发，皇后"],
    ["play 周杰倫 please", "play 周杰伦 please"],
    ["no Chinese at all", "no Chinese at all"],
  ];
  for (const [text, simplified] of cases) assertEquals(read(text), simplified);
});

test("and traditional ones, as in Taiwan or in Hong Kong", async () => {
  const taiwan = await readTextOf({ script: "auto", language: "zh-TW", ...SERVICE });
  assertEquals(taiwan("打开客厅的灯，里面有什么"), "打開客廳的燈，裡面有什麼");
  assertEquals(taiwan("每一天都要快樂"), "每一天都要快樂");
  const hongKong = await readTextOf({ script: "auto", language: "yue", ...SERVICE });
  assertEquals(hongKong("里面有台湾的面"), "裏面有台灣的面");
});

test("Japanese and Korean are left alone, by their letters or as the recognizer tells", async () => {
  const read = await readTextOf({ script: "simplified", language: "zh", ...SERVICE });
  assertEquals(read("東京の電車は楽しい"), "東京の電車は楽しい");
  for (const language of ["ja", "ja-JP", "japanese"]) assertEquals(read("東京", { language }), "東京");
  assertEquals(read("東京", { language: "zh" }), "东京");
  for (const language of ["en", "chinese", "?"]) assertEquals(read("東京", { language }), "东京");
  assertEquals(read("東京 서울"), "東京 서울");
});

test("brackets are noise with a model that marks it, and somebody's words with a service", async () => {
  const options = { script: "auto", language: "zh" } as const;
  const model = await readTextOf({ ...options, capabilities: { marksNoise: true } });
  assertEquals([model("快樂（音樂）"), model("[Bell]")], ["快乐", ""]);
  const service = await readTextOf({ ...options, ...SERVICE });
  assertEquals(service("快樂（音樂）"), "快乐（音乐）");
});
