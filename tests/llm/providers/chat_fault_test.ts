import { assertEquals, assertStringIncludes } from "@std/assert";
import { chatError, isChatFault, meaningOf, readChatFault } from "../../../lib/llm/providers/chat_fault.ts";
import { test } from "../../support/test.ts";

const service = { family: "llm", name: "x" } as const;
const none = { type: "", code: "", param: "" };

test("readChatFault reads every shape", () => {
  for (
    const [body, expected] of [
      ['{"error":{"message":"m","type":"t","param":"p","code":"c"}}', {
        message: "m",
        type: "t",
        param: "p",
        code: "c",
      }],
      ['{"error":{"message":"m","type":null,"param":null,"code":1113}}', {
        ...none,
        message: "m",
        code: "1113",
      }],
      ['{"error":"s"}', { ...none, message: "s" }],
      ['[{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT"}}]', {
        ...none,
        message: "m",
        code: "400",
        type: "INVALID_ARGUMENT",
      }],
      ['{"code":20012,"message":"m","data":null}', { ...none, message: "m", code: "20012" }],
      ['{"code":"Arrearage","message":"m","request_id":"r"}', { ...none, message: "m", code: "Arrearage" }],
      ['{"detail":"d"}', { ...none, message: "d" }],
      ['{"detail":[{"loc":["body","top_p"],"msg":"a","input":"secret"},{"msg":"b"}]}', {
        ...none,
        message: "a, b",
        param: "top_p",
      }],
      ['{"object":"error","message":"m","type":"BadRequestError","param":null,"code":400}', {
        ...none,
        message: "m",
        type: "BadRequestError",
        code: "400",
      }],
      ['{"errors":{"message":"m"},"request_id":"r"}', { ...none, message: "m" }],
      ['"s"', { ...none, message: "s" }],
      ["Bad Gateway", { ...none, message: "Bad Gateway" }],
    ] as const
  ) assertEquals(readChatFault(body), expected, body);
  const page = "<html><style>x{}</style><script>y()</script><h1>502</h1>Bad Gateway</html>";
  assertEquals(readChatFault(page).message.trim().split(/\s+/), ["502", "Bad", "Gateway"]);
  for (const body of ["", "{}", "null", "[]", "[[]]", "1", '{"error":null}', '{"error":{"message":{}}}']) {
    assertEquals(readChatFault(body), { ...none, message: "" }, body);
  }
});

test("isChatFault: an error by its name, or a code and a message without choices", () => {
  for (
    const value of [
      { error: "x" },
      { error: {} },
      [{ error: { code: 1 } }],
      { code: 1, message: "m" },
      { code: "c", message: "m", choices: null },
      { object: "error", message: "m", code: 400 },
    ]
  ) assertEquals(isChatFault(value), true, JSON.stringify(value));
  for (
    const value of [
      { choices: [], error: null },
      { error: "" },
      { code: 0, message: "ok", choices: [] },
      {
        message: "m",
      },
      null,
      undefined,
      "error",
      [],
    ]
  ) assertEquals(isChatFault(value), false, JSON.stringify(value));
});

test("meaningOf: by name, by words, by status", () => {
  const of = (status: number | undefined, fault: Partial<Parameters<typeof meaningOf>[0]> = {}) =>
    meaningOf({ ...none, message: "", ...fault }, status);
  for (const status of [429, 503, 529]) assertEquals(of(status), "throttled");
  for (const status of [500, 502, 504]) assertEquals(of(status), "failed");
  for (const status of [401, 403]) assertEquals(of(status), "auth");
  for (const status of [400, 404, 405, 422]) assertEquals(of(status), "config");
  assertEquals([of(402), of(413), of(408), of(302), of(undefined)], [
    "quota",
    "context",
    "timeout",
    "protocol",
    "failed",
  ]);

  for (const code of ["1302", "1303", "1305", "1312"]) {
    assertEquals(of(undefined, { code }), "throttled", code);
  }
  for (const code of ["1113", "1304", "1308", "1309", "1310", "Arrearage", "AccountOverdueError"]) {
    assertEquals(of(429, { code }), "quota", code);
  }
  assertEquals(of(429, { type: "insufficient_quota" }), "quota");
  assertEquals(of(429, { code: "1302" }), "throttled");
  // Google says this of its limits by the minute too.
  assertEquals(
    of(429, { code: "429", type: "RESOURCE_EXHAUSTED", message: "You exceeded your current quota" }),
    "throttled",
  );
  for (
    const code of [
      "Throttling.RateQuota",
      "RateLimitExceeded.EndpointRPMExceeded",
      "ModelAccountIpmRateLimitExceeded",
    ]
  ) {
    assertEquals(of(undefined, { code }), "throttled", code);
  }
  for (
    const message of [
      "This model's maximum context length is 4096 tokens.",
      "the request exceeds the available context size",
      "request (3231 tokens) exceeds the available context size (2048 tokens), try increasing it",
      "prompt is too long: 210000 tokens > 200000 maximum",
      "Range of input length should be [1, 30720]",
      "The input token count (9) exceeds the maximum",
    ]
  ) {
    assertEquals(of(400, { message }), "context", message);
    assertEquals(of(undefined, { message }), "context", message);
    assertEquals(of(429, { message }), "throttled", message);
  }
  for (
    const code of ["content_filter", "DataInspectionFailed", "1301", "OutputTextSensitiveContentDetected"]
  ) {
    assertEquals(of(400, { code }), "content", code);
  }
  assertEquals(of(400, { code: "400", message: "API key not valid. Please pass" }), "auth");
  // A name does not make final what its status says may pass, except for money.
  assertEquals(of(500, { code: "invalid_api_key" }), "failed");
  assertEquals(of(503, { code: "insufficient_quota" }), "quota");
  // In mid-answer a number is the status that it would have been.
  assertEquals(meaningOf({ ...none, message: "m", code: "429" }), "throttled");
  assertEquals(meaningOf({ ...none, message: "m", code: "500", type: "BadRequestError" }), "failed");
});

test("chatError says the server's words, with its number, and keeps secrets", () => {
  const { code, message } = chatError(service, { ...none, code: "1302", message: "too fast" }, {
    status: 429,
  });
  assertEquals(code, "llm.throttled");
  assertStringIncludes(message, "Cannot answer with x: it answered 429 1302 too fast");
  // llama.cpp while it loads: the status is not told twice.
  const loading = chatError(service, { ...none, code: "503", message: "Loading model" }, { status: 503 });
  assertStringIncludes(loading.message, "Cannot answer with x: it answered 503 Loading model");
  const key = "sk-abcdefghijklmnopqrstuvwxyz0123";
  assertEquals(chatError(service, { ...none, message: `bad key ${key}` }).message.includes(key), false);
});
