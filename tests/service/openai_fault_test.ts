import { assertEquals } from "@std/assert";
import { HttpRefusal } from "../../lib/net/mod.ts";
import { openaiMeaning, openaiRefusal, readOpenaiFault } from "../../lib/service/mod.ts";
import { test } from "../support/test.ts";

const refusal = (status: number, body: unknown) =>
  openaiRefusal(
    { family: "tts", name: "x" },
    new HttpRefusal("x", { status, headers: new Map(), body: JSON.stringify(body) }),
  );

test("the shapes of Kokoro-FastAPI, SiliconFlow and Coze are read", () => {
  assertEquals(readOpenaiFault('{"detail":{"error":"invalid_model","message":"No such model","type":"x"}}'), {
    message: "No such model",
    type: "x",
    code: "invalid_model",
    param: "",
  });
  assertEquals(readOpenaiFault('{"code":30001,"message":"balance","data":null}').code, "30001");
  assertEquals(readOpenaiFault('{"code":4100,"msg":"invalid","detail":{"logid":"1"}}').message, "invalid");
});

test("a fault is a text's where the field of the text is named, and else the config's", () => {
  const of = (param: string) =>
    refusal(400, { error: { message: "m", type: "invalid_request_error", param } }).code;
  assertEquals([of("input"), of("voice"), of("file")], ["tts.bad_input", "tts.config", "tts.config"]);
  assertEquals(openaiMeaning(readOpenaiFault('{"error":{"param":"input"}}'), "tts")[0], "bad_input");
  assertEquals(openaiMeaning(readOpenaiFault('{"error":{"param":"input"}}'), "llm")[0], "failed");
});

test("an account that is spent is no wrong key, whatever its status says", () => {
  assertEquals(refusal(403, { code: 30001, message: "balance" }).code, "tts.quota");
  assertEquals(refusal(402, {}).code, "tts.quota");
  assertEquals(refusal(403, "No.").code, "tts.auth");
});
