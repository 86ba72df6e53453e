import { assertEquals } from "@std/assert";
import { writeTextOf } from "../../lib/asr/mod.ts";
import { test } from "../support/test.ts";

test("writeTextOf: what an agent answers is in its script, by the first of its languages that is Chinese", async () => {
  const taiwan = await writeTextOf({ script: "auto", languages: ["en", "zh-TW"] });
  assertEquals(taiwan?.("头发里面有什么", "zh-TW"), "頭髮裡面有什麼");
  const china = await writeTextOf({ script: "auto", languages: ["zh-CN"] });
  assertEquals(china?.("打開客廳的燈", "zh-CN"), "打开客厅的灯");
  const chosen = await writeTextOf({ script: "traditional", languages: ["zh-CN"] });
  assertEquals(chosen?.("客厅的灯", undefined), "客廳的燈");
});

test("writeTextOf: nothing is changed without Chinese, and nothing that is told to stay", () => {
  assertEquals(writeTextOf({ script: "auto", languages: ["en", "ja"] }), undefined);
  assertEquals(writeTextOf({ script: "none", languages: ["zh-TW"] }), undefined);
});

test("writeTextOf: Japanese is left alone", async () => {
  const write = await writeTextOf({ script: "auto", languages: ["zh-CN", "ja"] });
  assertEquals(write?.("東京", "ja"), "東京");
  assertEquals(write?.("東京の電車", undefined), "東京の電車");
  assertEquals(write?.("東京", "zh-CN"), "东京");
});
