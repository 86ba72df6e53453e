import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "../support/fast_check.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { isSensitive, redact, REDACTED, redactText } from "../../lib/telemetry/mod.ts";
import { test } from "../support/test.ts";

const SECRET = "s3cr3tValue";

test("names of secrets and of speech are sensitive, their measures and other names are not", () => {
  const sensitive = "authorization Authorization token accessToken access_token ACCESS-TOKEN accesstoken " +
    "apiKey APIKey X-Api-Key app_key_v2 keys secret secretId clientSecret password db.password passwd cookie " +
    "Set-Cookie signature X-Amz-Signature auth text finalText transcript transcripts transcription prompt";
  for (const name of sensitive.split(" ")) assert(isSensitive(name), name);
  const plain = "session device code textBytes tokenCount key_length contentType content_length context " +
    "tokenizer author durationMs message name seq url path";
  for (const name of plain.split(" ")) assert(!isSensitive(name), name);
});

test("a sensitive field is redacted wherever it hides", () => {
  const name = fc.constantFrom("token", "apiKey", "Authorization", "finalText", "password", "client_secret");
  const hidden = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      name.map((name) => ({ [name]: SECRET })),
      name.map((name) => new Map([[name, SECRET]])),
      fc.constantFrom("Authorization", "X-Api-Key", "Set-Cookie").map((name) =>
        new Headers({ [name]: SECRET })
      ),
      name.map((name) => Object.assign(new Error("failed"), { [name]: SECRET })),
      name.map((name) => `https://host/path?a=1&${name}=${SECRET}#end`),
      name.map((name) => new URL(`wss://host/?${name}=${SECRET}`)),
      name.map((name) => ({ [name]: { nested: [SECRET] } })),
      fc.array(tie("tree"), { maxLength: 3 }),
      fc.dictionary(fc.string(), tie("tree"), { maxKeys: 3 }),
      tie("tree").map((cause) => new Error("outer", { cause })),
      tie("tree").map((tree) => new Set([tree])),
    ),
  })).tree;
  fc.assert(fc.property(hidden, (value) => !JSON.stringify(redact(value) ?? null).includes(SECRET)));
});

test("what is not sensitive stays as it is", () => {
  const value = fc.oneof(fc.integer(), fc.boolean(), fc.constant(null), fc.stringMatching(/^[a-z ]{0,20}$/));
  const plain = fc.dictionary(fc.constantFrom("session", "code", "durationMs", "reason"), value);
  fc.assert(
    fc.property(fc.array(plain, { maxLength: 5 }), (value) => assertEquals(redact(value), [...value])),
  );
});

test("any value at all can be redacted and turned into bounded JSON", () => {
  fc.assert(fc.property(fc.anything({ withBigInt: true, withDate: true, withTypedArray: true }), (value) => {
    JSON.stringify(redact(value));
  }));
  const cyclic: Record<string, unknown> = {};
  for (let index = 0; index < 50; index++) cyclic[`again${index}`] = cyclic;
  assert(JSON.stringify(redact(cyclic)).length < 50_000);
  assertEquals(redact({ pcm: new Int16Array(4), log: () => {}, id: 5n }), {
    pcm: "[8 bytes]",
    log: "[function]",
    id: "5",
  });
  assertEquals(String(redact("x".repeat(100_000))).length, 4_000);
  const hostile = Object.defineProperty({}, "boom", {
    enumerable: true,
    get() {
      throw new Error("boom");
    },
  });
  assertEquals(redact({ hostile }), { hostile: "[unreadable]" });
});

test("secrets in running text go, the rest stays", () => {
  const cases: [string, string][] = [
    ["GET /asr?lang=en&token=abc HTTP", `GET /asr?lang=en&token=${REDACTED} HTTP`],
    ["wss://h/?to%6Ben=abc&x=1", `wss://h/?to%6Ben=${REDACTED}&x=1`],
    ["?%zz=1&sig=abc", `?%zz=1&sig=${REDACTED}`],
    ["access_token=abc; lang=en", `access_token=${REDACTED}; lang=en`],
    ["Authorization: Bearer abc.def-ghi==", `Authorization: Bearer ${REDACTED}`],
    ["https://user:pass@host/path", `https://${REDACTED}@host/path`],
    [`{"token": "a\\"b", "code": "c"}`, `{"token": "${REDACTED}", "code": "c"}`],
    [`{"text":"cut off in the mid`, `{"text":"${REDACTED}"`],
    ["Cannot open ./data: a=1 b=2", "Cannot open ./data: a=1 b=2"],
  ];
  for (const [text, expected] of cases) assertEquals(redactText(text), expected);
});

test("an error keeps its code, its message and its cause", () => {
  const cause = new Error("refused at wss://host/?token=abc");
  const text = JSON.stringify(redact(new EarshotError("asr.failed", "Cannot recognize: refused", { cause })));
  for (const part of ["asr.failed", "Cannot recognize: refused", "refused at wss://host/?token=[redacted]"]) {
    assertStringIncludes(text, part);
  }
});
