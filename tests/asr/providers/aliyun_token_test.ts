import { assertEquals, assertRejects } from "@std/assert";
import { AliyunTokens, createTokenUrl } from "../../../lib/asr/providers/aliyun_token.ts";
import { openRecognizer, runAlone } from "../../support/open_recognizer.ts";
import { AudioBuffer } from "../../../lib/audio/mod.ts";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { systemClock } from "../../../lib/lifecycle/mod.ts";
import { HttpClient, openOutboundSockets } from "../../../lib/net/mod.ts";
import { chunkOf } from "../../support/chunks.ts";
import { aliyunNls } from "../../support/emulators/aliyun_nls.ts";
import { Emulator } from "../../support/emulators/emulator.ts";
import { TWO_SENTENCES } from "../../support/emulators/script.ts";
import { test } from "../../support/test.ts";

const SERVICE = { family: "asr", name: "aliyunNls" } as const;
const KEYS = { accessKeyId: "my_access_key_id", accessKeySecret: "my_access_key_secret" };

/** A service that makes tokens: each request gets the next one. */
class TokenService implements AsyncDisposable {
  made = 0;
  status = 200;
  refusal = '{"Code":"InvalidAccessKeyId.NotFound"}';
  /** While set, requests get no answer. */
  answer: Promise<void> | undefined;
  expiresInMs = 86_400_000;
  nowMs = Date.now();
  readonly #server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async ({ url }) => {
    await this.answer;
    const { searchParams } = new URL(url);
    const keys = [...searchParams.keys()];
    if (searchParams.get("Signature") === null || keys.length !== 10) {
      return new Response("", { status: 400 });
    }
    if (this.status !== 200) {
      return new Response(this.refusal, { status: this.status });
    }
    const ExpireTime = Math.round((this.nowMs + this.expiresInMs) / 1_000);
    return Response.json({ Token: { ExpireTime, Id: `token-${++this.made}`, UserId: "1" } });
  });

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

test("the signatures of the documentation", () => {
  const facts = { nonce: "b924c8c3-6d03-4c5d-ad36-d984d3116788", time: "2019-04-18T08:32:31Z" };
  const signature = (method: "GET" | "POST") =>
    createTokenUrl({ url: "http://x/", ...KEYS }, { ...facts, method }).searchParams.get("Signature");
  assertEquals(signature("GET"), "hHq4yNsPitlfDJ2L0nQPdugdEzM=");
  assertEquals(signature("POST"), "X4/yeE8FUchC5Wv7AZJybEuDWzw=");
});

test("a token is made once for all who ask, kept while it is good, and made anew before it expires", async () => {
  await using service = new TokenService();
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
  await using service = new TokenService();
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
  await using service = new TokenService();
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

test("a kept token that the service does not take any more is made anew, once, unnoticed by the speaker", async () => {
  await using service = new TokenService();
  let good = "token-1";
  await using emulator = await Emulator.start(aliyunNls({ token: () => good }), {
    script: { sentences: TWO_SENTENCES },
  });
  const provider = await openRecognizer({
    type: "aliyunNls",
    url: emulator.origin,
    tokenUrl: service.url,
    appKey: "nls-app",
    accessKeyId: "id",
  }, { secrets: { accessKeySecret: "secret" } });
  const { recognizer } = runAlone(provider, {
    clock: systemClock,
    openTimeoutMs: 2_000,
    finalTimeoutMs: 2_000,
    retries: 2,
  });
  const speak = async () => {
    const buffer = new AudioBuffer({ maxChunks: 100 });
    const cursor = buffer.cursor("turn");
    const utterance = recognizer.start({ language: "zh", cursor }, new AbortController().signal);
    for (let seq = 0; seq < 12; seq++) buffer.push(chunkOf(seq, 0));
    utterance.pump();
    utterance.finish();
    try {
      return (await utterance.result).text;
    } finally {
      cursor.close();
    }
  };
  assertEquals([await speak(), service.made], ["Good morning. How are you?", 1]);
  good = "token-2";
  assertEquals([await speak(), service.made], ["Good morning. How are you?", 2]);
  good = "nobody's";
  assertEquals((await assertRejects(speak, EarshotError)).code, "asr.auth");
  assertEquals(service.made, 3, "a fresh token that is refused is not asked for again");
  await provider.close?.();
  for (let tries = 0; openOutboundSockets() > 0 && tries < 200; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
});
