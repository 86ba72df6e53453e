import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { EarshotError } from "../../lib/errors/mod.ts";
import { HttpClient, HttpRefusal } from "../../lib/net/mod.ts";
import { Emulator, EMULATOR_CA } from "../support/emulators/emulator.ts";
import { test } from "../support/test.ts";
import { inTime, until } from "../support/until.ts";

const NEVER = new AbortController().signal;

test("an answer, a refusal with its body, one that is too large, and nobody there", async () => {
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, ({ url }) => {
    const { pathname } = new URL(url);
    if (pathname === "/good") return new Response("好");
    if (pathname === "/large") return new Response("x".repeat(2_000_000));
    return new Response('{"code":7}', { status: 402 });
  });
  const http = new HttpClient();
  const url = `http://127.0.0.1:${server.addr.port}`;
  assertEquals(await http.text({ url: `${url}/good` }, NEVER), "好");
  const refusal = await assertRejects(() => http.text({ url: `${url}/no` }, NEVER), HttpRefusal);
  assertEquals([refusal.status, refusal.body, refusal.retryable], [402, '{"code":7}', false]);
  const large = await assertRejects(() => http.text({ url: `${url}/large` }, NEVER), EarshotError);
  assertEquals(large.code, "net.too_big");
  const gone = await assertRejects(() => http.text({ url: "http://127.0.0.1:1/" }, NEVER), EarshotError);
  assertEquals(gone.code, "net.unreachable");
  const aborted = await assertRejects(() => http.text({ url }, AbortSignal.abort()), EarshotError);
  assertEquals(aborted.code, "canceled");
  http.close();
});

test("an error shows the host and nothing else of a url, whose query may hold a key", async () => {
  const http = new HttpClient();
  const url = "http://127.0.0.1:1/path?AccessKeyId=canary&Signature=a%2Bb";
  const { message } = await assertRejects(() => http.text({ url }, NEVER), EarshotError);
  assertMatch(message, /127\.0\.0\.1:1/);
  assertEquals(/canary|Signature|path/.exec(message), null, message);
  http.close();
});

test("why a host cannot be reached is told: nobody listens, or its certificate is not trusted", async () => {
  await using service = await Emulator.start({}, { tls: true });
  const http = new HttpClient();
  const reason = async (url: string) =>
    (await assertRejects(() => http.text({ url }, NEVER), EarshotError)).message;
  assertMatch(
    await reason(`${service.httpOrigin}/?key=canary`),
    /^Cannot reach localhost:\d+: (?!.*canary).*UnknownIssuer.*; it speaks TLS there, .*tls\.caFile.*tls\.verify: false/,
  );
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  assertMatch(
    await reason(`http://127.0.0.1:${listener.addr.port}/`),
    /^Cannot reach 127\.0\.0\.1:\d+: .*refused/,
  );
  http.close();
});

test("a client with its own authority is closed once, however often it is asked", () => {
  const http = new HttpClient({ verify: true, caCert: EMULATOR_CA });
  http.close();
  http.close();
});

test("an answer that is under way ends with its signal, seen by the host, again and again", async () => {
  const http = new HttpClient();
  const open = new Set<number>();
  let count = 0;
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => {
    const id = count++;
    open.add(id);
    return new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(new Uint8Array(100)),
        cancel: () => void open.delete(id),
      }),
    );
  });
  const url = `http://127.0.0.1:${server.addr.port}/`;
  // What Deno's `fetch` was told of a signal it forgot after a while (2.9.6), about once in a hundred.
  for (let round = 0; round < 40; round++) {
    await Promise.all(Array.from({ length: 10 }, async () => {
      const life = new AbortController();
      const { body } = await http.fetch({ url, body: "{}" }, life.signal);
      const reader = body?.getReader();
      await reader?.read();
      const rest = assertRejects(() => inTime(Promise.resolve(reader?.read()), "the end of the body"));
      await new Promise((resolve) => setTimeout(resolve, 5));
      life.abort(new EarshotError("canceled", "given up"));
      assertEquals((await rest as EarshotError).code, "canceled");
    }));
  }
  await until(() => open.size === 0, "the host sees the ends");
  http.close();
});
