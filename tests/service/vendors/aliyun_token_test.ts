import { assertEquals, assertRejects } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { HttpClient } from "../../../lib/net/mod.ts";
import { AliyunTokens, createTokenUrl } from "../../../lib/service/vendors/aliyun_token.ts";
import { AliyunTokenService } from "../../support/emulators/aliyun_tokens.ts";
import { test } from "../../support/test.ts";

const SERVICE = { family: "asr", name: "aliyunNls" } as const;
const KEYS = { accessKeyId: "my_access_key_id", accessKeySecret: "my_access_key_secret" };

test("the signatures of the documentation", () => {
  const facts = { nonce: "b924c8c3-6d03-4c5d-ad36-d984d3116788", time: "2019-04-18T08:32:31Z" };
  const signature = (method: "GET" | "POST") =>
    createTokenUrl({ url: "http://x/", ...KEYS }, { ...facts, method }).searchParams.get("Signature");
  assertEquals(signature("GET"), "hHq4yNsPitlfDJ2L0nQPdugdEzM=");
  assertEquals(signature("POST"), "X4/yeE8FUchC5Wv7AZJybEuDWzw=");
});

test("a token is made once for all who ask, kept while it is good, and made anew before it expires", async () => {
  await using service = new AliyunTokenService();
  const http = new HttpClient();
  const tokens = new AliyunTokens({ url: service.url, ...KEYS }, {
    service: SERVICE,
    http,
    wallClockMs: () => service.nowMs,
  });
  const both = await Promise.all([tokens.get(), tokens.get()]);
  assertEquals(both.map(({ id }) => id), ["token-1", "token-1"]);
  assertEquals(await tokens.get(), { id: "token-1", cached: true });
  service.nowMs += 86_400_000 - 599_000;
  assertEquals((await tokens.get()).id, "token-2");
  tokens.invalidate("token-1");
  assertEquals((await tokens.get()).id, "token-2");
  tokens.invalidate("token-2");
  assertEquals((await tokens.get()).id, "token-3");
  service.status = 404;
  tokens.invalidate("token-3");
  assertEquals((await assertRejects(() => tokens.get(), EarshotError)).code, "asr.auth");
  service.status = 503;
  const error = await assertRejects(() => tokens.get(), EarshotError);
  assertEquals([error.code, error.retryable], ["asr.failed", true]);
  http.close();
});

test("a token that is refused says why: the key, the rate, or that nobody makes tokens there", async () => {
  await using service = new AliyunTokenService();
  const http = new HttpClient();
  const tokens = new AliyunTokens({ url: service.url, ...KEYS }, { service: SERVICE, http });
  const cases = [
    [400, '{"Code":"InvalidTimeStamp.Expired"}', "asr.auth"],
    [404, '{"Code":"InvalidAccessKeyId.NotFound"}', "asr.auth"],
    [400, '{"Code":"Throttling.User"}', "asr.throttled"],
    [429, "slow down", "asr.throttled"],
    [404, "<html>not here</html>", "asr.config"],
  ] as const;
  for (const [status, refusal, code] of cases) {
    Object.assign(service, { status, refusal });
    assertEquals((await assertRejects(() => tokens.get(), EarshotError)).code, code, refusal);
  }
  http.close();
});

test("closing gives up a token that is being made", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  await using service = new AliyunTokenService();
  service.answer = promise;
  const http = new HttpClient();
  const tokens = new AliyunTokens({ url: service.url, ...KEYS }, { service: SERVICE, http });
  const asked = tokens.get();
  tokens.close();
  assertEquals((await assertRejects(() => asked, EarshotError)).code, "canceled");
  assertEquals((await assertRejects(() => tokens.get(), EarshotError)).code, "canceled");
  resolve();
  http.close();
});
