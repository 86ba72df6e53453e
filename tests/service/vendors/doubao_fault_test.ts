import { assertEquals } from "@std/assert";
import type { ServiceFault } from "../../../lib/errors/mod.ts";
import { HttpRefusal } from "../../../lib/net/mod.ts";
import { doubaoFault, doubaoMeaningOf, doubaoRefusal } from "../../../lib/service/mod.ts";
import { test } from "../../support/test.ts";

const ASR = { family: "asr", name: "doubao" } as const;
const TTS = { family: "tts", name: "doubao" } as const;

test("a code means what is listed, and its words decide where it stands for several faults", () => {
  const cases: readonly (readonly [code: number, words: string, meaning: ServiceFault])[] = [
    [45000000, "quota exceeded for types: concurrency", "throttled"],
    [45000000, "quota exceeded for types: text_words_lifetime", "quota"],
    [45000000, "speaker permission denied: access denied", "config"],
    [45000000, "something new", "failed"],
    [45000001, "access denied", "config"],
    [45000010, "", "auth"],
    [45000292, "", "quota"],
    [45000292, "quota exceeded for types: concurrency", "throttled"],
    [45000292, "quota exceeded for types: text_words_lifetime", "quota"],
    [40402003, "TTSExceededTextLimit:exceed max limit", "bad_input"],
    [55000000, "resource ID is mismatched with speaker related resource", "config"],
    [55000000, "server got an error", "throttled"],
    [55000001, "", "throttled"],
    [12345678, "", "failed"],
  ];
  for (const [code, words, meaning] of cases) {
    assertEquals(doubaoFault(TTS, { code, words }), meaning, `${code} ${words}`);
  }
  // Recognition says the same of too many streams at once.
  assertEquals(doubaoFault(ASR, { code: 45000292, words: "" }), "throttled");
  assertEquals(doubaoMeaningOf("load grant: requested grant not found in SaaS storage"), "auth");
  assertEquals(doubaoMeaningOf("[resource_id=x] requested resource not granted"), "quota");
  assertEquals(doubaoMeaningOf("no"), undefined);
});

test("a refused request is known by the code in its body, else by its status", () => {
  const codeOf = (status: number, body: string) =>
    doubaoRefusal(TTS, new HttpRefusal("host", { status, body, headers: new Map() })).code;
  assertEquals(codeOf(401, '{"header":{"code":45000010,"message":"load grant: no"}}'), "tts.auth");
  assertEquals(
    codeOf(401, '{"error":"load grant: requested grant not found in SaaS storage"}'),
    "tts.auth",
  );
  assertEquals(codeOf(403, "[resource_id=volc.x] requested resource not granted"), "tts.quota");
  assertEquals(
    codeOf(429, '{"code":45000292,"message":"quota exceeded for types: concurrency"}'),
    "tts.throttled",
  );
  assertEquals(codeOf(429, '{"code":45000292,"message":"... x_lifetime"}'), "tts.quota");
  assertEquals([codeOf(400, '{"error":"bad request"}'), codeOf(502, "<html>")], ["tts.config", "tts.failed"]);
});
